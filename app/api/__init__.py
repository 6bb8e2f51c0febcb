"""The JSON door, /api/v1: one file per resource, schemas beside the routes that use them."""

from fastapi import APIRouter

DESCRIPTION = "Calls in, verdicts with evidence and honest rates out."
ROUTERS: tuple[APIRouter, ...] = ()
