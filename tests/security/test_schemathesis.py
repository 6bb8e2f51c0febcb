"""Whatever is sent to whichever address, by whichever role: never a server error, never an answer that was not told of.

`CALLMARK_TEST_SIZE=full` sends much more, to both databases.
"""

import random
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import strategies
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app.accounts.models import Scope, User
from tests.api.conftest import BAD, GOOD, Api
from tests.bar import DATABASES, Bar
from tests.databases import SqliteDatabases

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
# Seconds; how quick an answer is, is not asked here.
PATIENCE = 600
ROLES = ("ada", "bob", "alice", "dana")
PLAN = {"name": "Weekly", "period": "once", "first_day": "2026-10-01", "last_day": "2026-10-07", "size": 2}


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[str]:
    databases: SqliteDatabases = request.getfixturevalue(request.param)
    with databases.fresh(tmp_path) as url:
        yield url


@pytest.fixture
def known(api: Api) -> dict[str, list[str]]:
    """What stands in addresses, of things that are there."""
    key = api.key()
    for place, said in enumerate((GOOD, BAD, GOOD)):
        api.scored(*said, note=str(place), agent="dana", started_at=f"2026-10-0{place + 1}T12:00:00+08:00")
    api.review(1)
    complaint = {"received_at": "2026-10-05T10:00:00Z", "category": "attitude", "agent": "dana"}
    api.send("POST", "/complaints", key=key, json=complaint)
    api.send("POST", "/samples/plans", key=key, json=PLAN)
    api.send("POST", "/samples/plans/1/draw", key=key)
    version = api.get("/scorecards/inbound-en", key=key).json()["version"]
    card = api.get("/scorecards/inbound-en", key=key, headers={"Accept": "application/yaml"}).text
    wanted = {"yaml": card.replace("pass_mark: 85", "pass_mark: 84"), "days": None}
    assert api.send("POST", "/backtests", key=key, json=wanted).status_code == 202
    return {"name": ["inbound-en", "inbound-zh"], "version": [version], "scorecard": ["inbound-en"]}


def operations(app: FastAPI) -> list[Any]:
    """What can be sent, what takes things away last."""
    found: Any = schemathesis.openapi.from_asgi("/api/v1/openapi.json", app, timeout=PATIENCE).get_all_operations()
    return sorted((one.ok() for one in found), key=lambda one: (one.method == "delete", one.path))


@pytest.mark.bar(row=10, full=60, quick=3)
@pytest.mark.parametrize("role", ROLES)
def test_nothing_breaks_the_server_or_its_word(
    api: Api, app: FastAPI, known: dict[str, list[str]], role: str, bar: Bar
) -> None:
    owner: User = getattr(api.cast, role)
    secret = api.key(*Scope, owner=owner)
    broken: list[str] = []
    found = operations(app)
    for operation in found:
        try:
            tried(operation, secret, known, bar.times)
        except Exception as error:
            broken.append(f"{operation.method.upper()} {operation.path}: {error}")
    assert not broken, "\n\n".join(broken)
    bar.found(f"{role}: {len(found)} operations, up to {bar.times} requests each, 0 server errors, 0 breaks")


def tried(operation: Any, secret: str, known: dict[str, list[str]], times: int) -> None:
    """Send what may be sent to an address, half of it about things that are there."""

    @hypothesis.settings(max_examples=times)
    @hypothesis.given(case=operation.as_strategy(), chance=strategies.randoms(use_true_random=False))
    def sent(case: Any, chance: random.Random) -> None:
        for name in case.path_parameters or {}:
            if chance.random() < 0.7:
                case.path_parameters[name] = chance.choice(known.get(name, ["1", "1", "2"]))
        answer = case.call(headers={"Authorization": f"Bearer {secret}"}, timeout=PATIENCE)
        case.validate_response(answer, checks=CHECKS)

    sent()
