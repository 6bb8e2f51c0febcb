"""The JSON door, /api/v1: one file per resource, schemas beside the routes that use them."""

from fastapi import APIRouter

from app.api import (
    backtests,
    call_changes,
    calls,
    clips,
    coaching,
    complaint_links,
    complaints,
    disputes,
    erasures,
    evaluations,
    evidence,
    exports,
    facts,
    imports,
    indicators,
    keys,
    ledger,
    legal_holds,
    metrics,
    recording_access,
    retention,
    review_acts,
    reviews,
    samples,
    scorecards,
    targets,
    transcripts,
    webhook_deliveries,
    webhooks,
)

DESCRIPTION = """Calls in, verdicts with evidence and honest rates out.

Send `Authorization: Bearer cm_…` with every request. Times are RFC 3339, lengths are seconds, scores are points of 100.
Ranges `from`/`to` are half-open and count by whole days, each call's own day in its team's time zone. Every error is
problem JSON (RFC 9457) with a `code` for programs and a `title` for people; wrong fields stand in `errors`.
"""
ROUTERS: tuple[APIRouter, ...] = (
    calls.router,
    call_changes.router,
    transcripts.router,
    evaluations.router,
    evidence.router,
    clips.router,
    reviews.router,
    review_acts.router,
    disputes.router,
    coaching.router,
    # Before the complaints: /complaints/links is no complaint.
    complaint_links.router,
    complaints.router,
    metrics.router,
    indicators.router,
    targets.router,
    facts.router,
    imports.router,
    samples.router,
    scorecards.router,
    backtests.router,
    ledger.router,
    recording_access.router,
    exports.router,
    keys.router,
    webhooks.router,
    webhook_deliveries.router,
    retention.router,
    legal_holds.router,
    erasures.router,
)
