"""A site with two teams that have the same of everything; each thing says in one word whose it is.

Whatever a person is answered, the words of what is not for them stand nowhere in it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from sqlmodel import Session

from app.accounts.models import Role, Scope, User
from app.accounts.service import add_api_key, add_user, set_password
from app.kit import clock, db
from app.kit.db import id_of
from app.settings import Settings
from tests.cast import LONG_AGO
from tests.security.halves import Half, furnish, furnish_site
from tests.web.conftest import Web, serve

PASSWORD = "correct horse battery"
# Who asks, in the order of the columns of the table: nobody, who leads all, who leads a team, who reviews, who talks.
PEOPLE = ("", "ada", "sam", "bob", "bea", "alice", "charlie", "remy", "dana", "mei", "kenji")


@dataclass(frozen=True)
class World:
    """The site, who asks, and of each word who may be told it."""

    web: Web
    people: dict[str, User | None]
    halves: tuple[Half, Half]
    words: dict[str, frozenset[str]]
    keys: dict[str, str] = field(default_factory=dict)

    def key(self, owner: str, scope: Scope = Scope.ADMIN, **more: timedelta) -> str:
        """The secret of a key of this person's."""
        name = f"{owner} {scope} {more}"
        if name not in self.keys:
            with db.session(self.web.engine) as session:
                who = self.people[owner]
                assert who is not None
                self.keys[name] = add_api_key(session, name="x", scopes=[scope], owner=who, now=clock.now(), **more)
        return self.keys[name]

    def leaked(self, who: str, said: str) -> list[str]:
        """The words in an answer that are not for this person."""
        return [word for word, readers in self.words.items() if word in said and who not in readers]


@contextmanager
def world(settings: Settings) -> Iterator[World]:
    """Two teams with the same of everything, and people who lead or review for all."""
    for web in serve(settings):
        with db.session(web.engine) as session:
            people = _people(session, web)
        cast = web.cast
        sides = (
            Half("zanzibar", cast.team_a, cast.bob, cast.alice, people["ren"], cast.dana, cast.mei),
            Half("quokka", cast.team_b, people["bea"], cast.charlie, people["rose"], cast.kenji, people["kai"]),
        )
        words: dict[str, frozenset[str]] = {}
        for half in sides:
            words |= furnish(web, half)
            furnish_site(web, half)
        yield World(web, {who: people.get(who) for who in PEOPLE}, sides, words)


def _people(session: Session, web: Web) -> dict[str, User]:
    cast, added = web.cast, {}
    for name, role, team in (
        ("sam", Role.SUPERVISOR, None),
        ("bea", Role.SUPERVISOR, cast.team_b),
        ("remy", Role.REVIEWER, None),
        ("ren", Role.REVIEWER, cast.team_a),
        ("rose", Role.REVIEWER, cast.team_b),
        ("kai", Role.AGENT, cast.team_b),
    ):
        place = id_of(team) if team else None
        added[name] = add_user(session, username=name, name=name.title(), role=role, team_id=place, now=LONG_AGO)
    set_password(session, session.get_one(User, cast.ada.id), PASSWORD)
    known = ("ada", "bob", "alice", "charlie", "dana", "mei", "kenji")
    return {**added, **{name: getattr(cast, name) for name in known}}
