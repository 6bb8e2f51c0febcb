"""What programs ask of a server: is it alive, may it be sent requests, and how is it doing."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response

from app.kit import clock
from app.kit.errors import NotFound
from app.kit.measures import FORMAT, written
from app.kit.probes import HEALTH, MEASURES, READINESS, permitted
from app.kit.readiness import READY, readiness
from app.reports.under_way import under_way
from app.request import ServicesDep

router = APIRouter()


@router.get(HEALTH)
async def health() -> PlainTextResponse:
    """The process answers; nothing else is looked at, since beginning it anew would mend nothing else."""
    return PlainTextResponse("ok")


@router.get(READINESS)
def ready(shared: ServicesDep) -> JSONResponse:
    """Whether requests may be sent here: the databases are there, and it is not about to stop."""
    found = dict(readiness(shared.engine, shared.queue))
    if shared.stopping.is_set():
        found["server"] = "stopping"
    return JSONResponse(found, 200 if set(found.values()) == {READY} else 503)


@router.get(MEASURES)
def measures(request: Request, shared: ServicesDep) -> Response:
    """What Prometheus is told, if it sends the token; nobody is told while there is none."""
    if not permitted(request.headers.get("authorization", ""), shared.settings.metrics_token):
        raise NotFound
    now = under_way(shared.engine, shared.blobs, shared.queue, shared.settings.jobs, clock.now())
    return Response(written(now), media_type=FORMAT)
