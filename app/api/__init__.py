"""The JSON door, /api/v1: one file per resource, schemas beside the routes that use them."""

from fastapi import APIRouter

from app.api import calls, complaints, metrics

DESCRIPTION = """Calls in, verdicts with evidence and honest rates out.

Send `Authorization: Bearer cm_…` with every request. Times are RFC 3339, lengths are seconds, scores are points of 100.
Ranges `from`/`to` are half-open and count by whole days, each call's own day in its team's time zone. Every error is
problem JSON (RFC 9457) with a `code` for programs and a `title` for people; wrong fields stand in `errors`.
"""
ROUTERS: tuple[APIRouter, ...] = (calls.router, complaints.router, metrics.router)
