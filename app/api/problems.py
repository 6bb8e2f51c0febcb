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
    inline = Problem.model_json_schema()
    inline["properties"]["errors"]["anyOf"][0]["items"] = inline.pop("$defs")["FaultOut"]
    return {"description": description, "content": {"application/problem+json": {"schema": inline}}}


ERRORS: dict[int | str, dict[str, Any]] = {
    401: _problem("The key is missing, wrong, expired or revoked."),
    403: _problem("The key has not the scope that this needs, or its owner not the role."),
    422: _problem("A field cannot be used as it is; `errors` names it."),
    "default": _problem("Another error; `code` says which."),
}
