"""Reads the table of permissions: of every route, what each kind of person is answered.

A line of permissions.txt names a route, where needed which thing is meant (`note_id=draft`) and what is asked beside
(`from=2026-10-01`), of the API the scope of the key, and a sign for each of PEOPLE in their order:

    +   let in, and done
    ~   let in; what was sent is refused for what it says, not for who sent it
    1   must sign in, or send a key
    3   not with this role, or not the one who may
    4   not there for this person
"""

from dataclasses import dataclass
from pathlib import Path

from httpx import Response

from tests.security.world import PEOPLE

TABLE = Path(__file__).parent / "permissions.txt"


@dataclass(frozen=True)
class Line:
    """What the table says of a route."""

    method: str
    path: str
    meant: dict[str, str]
    scope: str
    signs: str

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    def sign(self, who: str) -> str:
        return self.signs[PEOPLE.index(who)]


def lines() -> dict[str, Line]:
    """The table, by method and path."""
    found = [_read(one) for one in TABLE.read_text("utf-8").splitlines() if one and not one.startswith("#")]
    assert len({one.name for one in found}) == len(found), "a route stands in the table twice"
    return {one.name: one for one in found}


def _read(written: str) -> Line:
    method, path, *more, signs = written.split()
    scope = more.pop() if path.startswith("/api/") else ""
    assert len(signs) == len(PEOPLE), written
    return Line(method, path, dict(one.split("=", 1) for one in more), scope, signs)


def sign_of(answer: Response) -> str:
    """What an answer comes to."""
    if answer.status_code == 303 and answer.headers["location"].partition("?next=")[0] == "/sign-in":
        return "1"
    if answer.status_code >= 500:
        return f"({answer.status_code})"
    return {401: "1", 403: "3", 404: "4"}.get(answer.status_code, "+" if answer.status_code < 400 else "~")
