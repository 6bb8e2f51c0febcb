"""The shape of every error: problem JSON (RFC 9457)."""

from typing import Any

from pydantic import BaseModel, Field


class FaultOut(BaseModel):
    """What is wrong with one field."""

    field: str = Field(description="Name of the field.", examples=["started_at"])
    message: str = Field(description="What is wrong with it.", examples=["give the time with its zone"])


class Problem(BaseModel):
    """What went wrong, for programs (`code`) and for people (`title`)."""

    type: str = Field(description="The code as a URN.", examples=["urn:callmark:invalid"])
    title: str = Field(description="What is wrong and what to do.", examples=["Some fields cannot be used."])
    status: int = Field(description="The HTTP status.", examples=[422])
    code: str = Field(description="Short name of what went wrong.", examples=["invalid"])
    request_id: str = Field(description="Also in X-Request-Id; the server's log has it.", examples=["f88fcee81abd6b37"])
    field: str | None = Field(None, description="The field at fault, where it is one.", examples=["agent"])
    errors: list[FaultOut] | None = Field(None, description="The fields at fault, where there are several.")


def _problem(description: str) -> dict[str, Any]:
    return {"description": description, "content": {"application/problem+json": {"schema": {"$ref": REFERENCE}}}}


def described(schema: dict[str, Any]) -> dict[str, Any]:
    """A description of the API in which errors are told once, and every route refers to them."""
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    shapes = schema.setdefault("components", {}).setdefault("schemas", {})
    shapes.update(problem.pop("$defs"))
    shapes["Problem"] = problem
    return schema


REFERENCE = "#/components/schemas/Problem"
SAID = {
    400: "The request breaks off or cannot be read.",
    401: "The key is missing, wrong, expired or revoked.",
    403: "The key has not the scope that this needs, or its owner not the role.",
    404: "There is no such thing, or none that the key's owner may see.",
    406: "It cannot be told in the form that `Accept` asks for.",
    408: "The request came too slowly; send it again.",
    409: "It cannot be done in the present state; `code` says why.",
    410: "It was removed when its period was over; `code` says what.",
    412: "It was changed since it was read: `If-Match` names another state.",
    413: "What was sent is too large.",
    415: "What was sent is of a kind that is not taken.",
    422: "A field cannot be used as it is; `errors` names it.",
    428: "`If-Match` is missing.",
    429: "The key sends too many requests; `Retry-After` says how many seconds to wait.",
    503: "Something that is needed is out of reach; try again after `Retry-After` seconds.",
    507: "There is no space left to keep it; somebody has to free some first.",
}
NOT_MODIFIED: dict[str, Any] = {"description": "What you have is what there is (`If-None-Match`)."}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """These errors as a route declares that it answers them."""
    return {status: _problem(SAID[status]) for status in statuses}


ERRORS: dict[int | str, dict[str, Any]] = {
    **problems(401, 403, 422, 429),
    "default": _problem("Another error; `code` says which."),
}
