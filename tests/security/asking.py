"""Sends to every route what it takes: real ids in its address, a form or JSON that can be read."""

import shutil
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from fastapi.routing import APIRoute
from httpx import Response
from pydantic import BaseModel

from app import api, web
from app.settings import Settings
from tests.databases import PostgresqlDatabases, SqliteDatabases
from tests.security.halves import Half
from tests.security.world import World

# What forms say; a name in braces is the id of that thing.
FORM = {
    "version": "1",
    "mail": "each",
    "call": "{call_id}",
    "start": "0:01",
    "end": "0:03",
    "direction": "inbound",
    "engine": "faster-whisper",
    "revision": "0",
    "title": "Greeting",
    "guidance": "Listen.",
    "most": "5",
    "agent": "{agent_id}",
    "team": "{team_id}",
    "text": "words",
    "words": "words",
    "reply": "words",
    "name": "words",
    "proposed": "pass",
    "item": "{item_id}",
    "month": "2026-10",
    "role": "agent",
    "active": "no",
    "time_zone": "UTC",
    "scopes": "export:read",
    "url": "https://receiver.example/hook",
    "events": "coaching.sent",
    "since": "2026-10-01",
    "language": "en",
    "username": "newcomer",
    "reason": "words of a reason",
    "replaces": "{version}",
    "next_on": "2099-01-01",
    "review": "{review_id}",
    "to": "{reviewer_id}",
}
MUSIC = {"version": "1", "kind": "music", "start": "0:01", "end": "0:03"}
TABLE = ("list.csv", b"a,b\n1,2\n")
RECORDING = ("call.json", b'{"language": "en", "turns": []}')
OWN = {"items": [{"item": "standard_greeting", "verdict": "pass"}]}
# What is sent where that is not the above: `json` as JSON, `data` and `files` as a form.
BODIES: dict[str, dict[str, Any]] = {
    "POST /calls/{call_id}/clips": {"json": {"start": 0.5, "end": 3.0}},
    "POST /calls/{call_id}/holds": {"data": MUSIC},
    "POST /calls/{call_id}/holds/{place}": {"data": MUSIC},
    "POST /calls/{call_id}/facts": {"data": {**FORM, "queue": "cards", "customer_name": "x"}},
    "PUT /scorecards/{name}/draft": {"json": {"text": "id: x", "revision": 0}},
    "POST /scorecards/{name}/preview": {"json": {"text": "id: x", "call": None}},
    "POST /scorecards/{name}/backtest": {"data": {"version": "{version}", "days": "30", "most": "5"}},
    "PUT /reviews/{review_id}/items/{item_id}": {"json": {"verdict": "pass", "reason_code": "misheard"}},
    "POST /reviews/{review_id}/coaching": {"json": {"text": "words"}},
    "POST /reviews/{review_id}/set-aside": {"data": {"reason": "other", "words": "words"}},
    "POST /sampling/risk": {"data": {"kind": "long_hold", "active": "true", "limit": "180", "per_day": "5"}},
    "POST /disputes/{dispute_id}/decide": {"data": {"outcome": "rejected", "reply": "words"}},
    "POST /complaints/{complaint_id}/outcome": {"data": {"outcome": "not_upheld"}},
    "POST /queue/handover": {"data": {"whose": "{reviewer_id}", "to": "{leader_id}"}},
    "POST /facts/agents": {"data": {"agent": "{agent_id}", "month": "2026-10", "part": "exam", "points": "80"}},
    "POST /facts/costs": {"data": {"team": "{team_id}", "month": "2026-10", "amount": "80", "currency": "CNY"}},
    "POST /targets": {"data": {"team": "{team_id}", "indicator": "csat", "value": "90", "from": "2026-10-01"}},
    "POST /performance/weights": {"data": {"team": "{team_id}", "month": "2026-10", "qa": "100"}},
    "POST /agreement/calls/{double_id}": {"data": {"verdict-polite": "pass"}},
    "POST /calibrations": {"data": {"title": "words", "call": "{call_id}", "who": "{reviewer_id}"}},
    "POST /calibrations/{calibration_id}/calls/{call_id}": {"data": {"verdict-polite": "pass"}},
    "POST /imports": {"files": {"file": TABLE}, "data": {"kind": "contacts"}},
    "POST /api/v1/imports": {"files": {"file": TABLE}, "data": {"kind": "contacts"}},
    "POST /complaints/import": {"files": {"file": TABLE}},
    "POST /performance/import": {"files": {"file": TABLE}},
    "POST /calls": {"files": {"files": RECORDING}},
    "POST /api/v1/calls": {"files": {"file": RECORDING}},
    "POST /api/v1/calls/{call_id}/self-score": {"json": OWN},
    "POST /api/v1/calls/{call_id}/clips": {"json": {"start": 0.5, "end": 3.0}},
    "PUT /api/v1/reviews/{review_id}/verdicts/{item}": {
        "json": {"verdict": "pass", "reason_code": "misheard"},
        "headers": {"If-Match": '"1"'},
    },
    "POST /api/v1/reviews/assign": {"json": {"reviews": ["{review_id}"], "to": "alice"}},
    "POST /api/v1/reviews/release": {"json": {"reviews": ["{done_review}"]}},
    "POST /api/v1/reviews/{review_id}/disputes": {
        "json": {"item": "polite", "verdict": "pass", "reason": "words"},
    },
    "POST /api/v1/coaching/{note_id}/follow-up": {"json": {"text": "words", "next_on": "2099-01-01"}},
    "POST /api/v1/complaints": {
        "json": {"received_at": "2026-10-05T06:00:00Z", "category": "attitude", "call_id": "{call_id}"},
    },
    "PUT /api/v1/facts": {"json": {"agent": "dana", "month": "2026-10", "part": "exam", "points": 80}},
    "POST /admin/retention": {"data": {"team": "{team_id}", "sound_days": "3650", "words_days": ""}},
    "POST /admin/retention/remove": {"data": {"team": "{team_id}"}},
    "POST /admin/retention/holds": {"data": {"calls": "{call_id}", "reason": "words"}},
    "POST /admin/retention/erasures": {"data": {"target": "call:{call_id}", "reference": "words"}},
    "PUT /api/v1/retention/policies/{team_id}": {"json": {"sound_days": 3650}},
    "POST /api/v1/legal-holds": {"json": {"reason": "words", "calls": ["{call_id}"]}},
    "POST /api/v1/erasures": {"json": {"calls": ["{call_id}"]}},
    "POST /api/v1/backtests": {"json": {"version": "{version}", "days": 30}},
}
CSV = ("/complaints/import", "/targets/import", "/facts/import", "/costs/import")


def routes() -> Iterator[tuple[str, str, APIRoute]]:
    """Every route of both doors: its method, its path, and what it is made of."""
    for prefix, routers in (("", web.ROUTERS), ("/api/v1", api.ROUTERS)):
        for router in routers:
            for route in router.routes:
                if isinstance(route, APIRoute):
                    yield from ((method, prefix + route.path, route) for method in sorted(route.methods))


def address(path: str, half: Half, meant: dict[str, str]) -> str:
    """The address of what a team has; `meant` says which of several, and what else is asked."""
    ids = {**half.ids, "token": half.ids["clip"]}
    named = {name: ids.get(key, key) for name, key in meant.items()}
    asked = urlencode({name: value for name, value in named.items() if f"{{{name}}}" not in path})
    return path.format_map({**ids, **named}) + (f"?{asked}" if asked else "")


def body(method: str, path: str, route: APIRoute, half: Half) -> dict[str, Any]:
    """What is sent along, so that it can be read."""
    if method == "GET":
        return {}
    if path.removeprefix("/api/v1") in CSV and path.startswith("/api/"):
        return {"content": TABLE[1], "headers": {"Content-Type": "text/csv"}}
    known = BODIES.get(f"{method} {path}")
    if known is None and not path.startswith("/api/"):
        known = {"data": FORM}
    if known is not None:
        found: dict[str, Any] = filled(known, half)
        return found
    models = [one.field_info.annotation for one in route.dependant.body_params]
    return {"json": example(models[0])} if models and isinstance(models[0], type) else {}


def filled(value: Any, half: Half) -> Any:
    """The same with the ids of this team in the place of their names."""
    if isinstance(value, dict):
        return {name: filled(one, half) for name, one in value.items()}
    if isinstance(value, list):
        return [filled(one, half) for one in value]
    if isinstance(value, str) and value.startswith("{") and value[1:-1] in half.ids:
        return half.ids[value[1:-1]]
    if isinstance(value, str) and value.endswith("}"):
        return value.format_map(half.ids)
    return value


def example(model: type[BaseModel]) -> dict[str, Any]:
    """A value of a model as its own examples give it."""
    given = {one.alias or name: one.examples[0] for name, one in model.model_fields.items() if one.examples}
    return {name: one for name, one in given.items() if one is not None}


class Kept:
    """The database and the files as they were, brought back after whatever changed them; `copy`: where to keep them."""

    def __init__(self, settings: Settings, databases: SqliteDatabases | PostgresqlDatabases, copy: str) -> None:
        self._databases, self._url, self._copy = databases, settings.database, copy
        self._blobs = settings.data_dir / "blobs"
        self._files = settings.data_dir / "blobs-kept"
        shutil.copytree(self._blobs, self._files)
        databases.copy(self._url, copy)
        self._seen = databases.watch(self._url)
        self._version = self._seen()

    def is_changed(self) -> bool:
        """Whether anything was written since it was brought back."""
        return self._seen() != self._version

    def bring_back(self) -> None:
        """Let nothing have happened."""
        if self.is_changed():
            self._databases.copy(self._copy, self._url)
        shutil.copytree(self._files, self._blobs, dirs_exist_ok=True)
        self._version = self._seen()


def ask(world: World, who: str, method: str, path: str, **more: Any) -> Response:
    """What a person is answered: in their browser, or with a key of theirs that may do everything."""
    if not path.startswith("/api/"):
        return world.web.send(world.people[who], method, path, **more)
    headers = {**more.pop("headers", {})}
    if who:
        headers["Authorization"] = f"Bearer {world.key(who)}"
    answer: Any = world.web.client.request(method, path, headers=headers, **more)
    return answer
