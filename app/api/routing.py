"""How every route of the API behaves: limited, tagged, done once, and described with all that it may answer."""

import inspect
from collections.abc import Callable, Coroutine, Sequence
from enum import Enum
from typing import Any, get_args

from fastapi import APIRouter, Depends, Request, Response, params
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute

from app.api.conditional import if_match, if_match_needed, if_none_match, tagged
from app.api.idempotency import Once, Replayed, once, once_unclaimed
from app.api.problems import ERRORS, NOT_MODIFIED, problems
from app.api.rate_limit import limited
from app.request import KeyGuard


class ApiRoute(APIRoute):
    """A route of the API.

    Every one counts against its key's limit. A GET of one thing is tagged (ETag, If-None-Match), and what PATCH and PUT
    answer too. A POST takes an Idempotency-Key; it is looked up only for a client that may do this still.
    """

    def __init__(
        self,
        path: str,
        endpoint: Callable[..., Any],
        *,
        methods: set[str] | list[str] | None = None,
        dependencies: Sequence[params.Depends] | None = None,
        responses: dict[int | str, dict[str, Any]] | None = None,
        **more: Any,
    ) -> None:
        self.is_tagged = "{" in path and bool({"GET", "PATCH", "PUT"} & set(methods or ()))
        added = [Depends(limited)]
        if "POST" in (methods or ()) and once_unclaimed not in _asked(endpoint):
            # What is asked for first is answered first: nobody is told again what they may not do any more.
            added += [Depends(one) for one in _asked(endpoint) if isinstance(one, KeyGuard)]
            added.append(Depends(once))
        if self.is_tagged and "GET" in (methods or ()):
            added.append(Depends(if_none_match))
        super().__init__(
            path,
            endpoint,
            methods=methods,
            dependencies=[*added, *(dependencies or ())],
            responses={**_answers(path, set(methods or ()), endpoint), **(responses or {})},
            **more,
        )

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                answer = await handle(request)
            except Replayed as before:
                return before.answer
            kept: Once | None = getattr(request.state, "once", None)
            if kept is not None:
                # The request's transaction is still open here: the answer is kept with what was done, or neither is.
                await run_in_threadpool(kept.keep, answer, request.url.path)
            return tagged(request, answer) if self.is_tagged else answer

        return handled


def api_router(prefix: str = "", tags: list[str | Enum] | None = None) -> APIRouter:
    """A router for one resource of the API, whose routes all behave alike."""
    return APIRouter(
        prefix=prefix, tags=tags, responses=ERRORS, route_class=ApiRoute, generate_unique_id_function=_operation_id
    )


def _operation_id(route: APIRoute) -> str:
    """The name of a route in generated clients: listCalls."""
    first, *others = route.name.split("_")
    return first + "".join(one.capitalize() for one in others)


def _asked(endpoint: Callable[..., Any]) -> set[object]:
    """What a route asks for in its signature."""
    asked = inspect.signature(endpoint).parameters.values()
    return {told.dependency for one in asked for told in get_args(one.annotation) if isinstance(told, params.Depends)}


def _answers(path: str, methods: set[str], endpoint: Callable[..., Any]) -> dict[int | str, dict[str, Any]]:
    """What such a route may answer, beside what its author says."""
    asked = _asked(endpoint)
    found: set[int] = set()
    if "{" in path:
        found.add(404)
    if methods & {"POST", "PUT", "PATCH", "DELETE"}:
        found |= {400, 408, 409, 413, 507}
    if asked & {if_match, if_match_needed}:
        found.add(412)
    if if_match_needed in asked:
        found.add(428)
    is_read = "GET" in methods and "{" in path
    return {**problems(*sorted(found)), **({304: NOT_MODIFIED} if is_read else {})}
