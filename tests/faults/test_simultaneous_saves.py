"""Two reviewers save the same item at the same moment: one of them does, the other is told; nothing is lost."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import httpx
import pytest

from app.accounts.models import User
from app.accounts.service import open_session
from app.kit import clock, db
from app.kit.db import id_of
from app.ledger.queries import entries
from app.ledger.service import call_stream
from app.request import SESSION_COOKIE
from app.settings import Settings
from tests.bar import Bar
from tests.browser.conftest import running
from tests.cast import make_cast
from tests.stored import scored

SAID = {"Alice": "pass", "Bob": "fail"}


def browser(url: str, settings: Settings, user: User) -> httpx.Client:
    """The browser of somebody who has signed in."""
    engine = db.make_engine(settings.database)
    with db.session(engine) as session:
        token = open_session(session, user, clock.now())
    engine.dispose()
    headers = {"sec-fetch-site": "same-origin", "accept": "application/json", "cookie": f"{SESSION_COOKIE}={token}"}
    return httpx.Client(base_url=url, headers=headers, timeout=60)


@pytest.mark.bar(row=8, full=1000, quick=50)
def test_of_two_who_save_at_once_one_does_and_the_other_is_told_who_and_what(settings: Settings, bar: Bar) -> None:
    engine = db.make_engine(settings.database)
    with db.session(engine) as session:
        cast = make_cast(session)
        call, review = scored(session, agent="dana", team="Team A")
        # No worker is asked: the call is scored.
        session.info.clear()
    address, together, won = f"/reviews/{id_of(review)}/items/warm", Barrier(2), []
    with (
        running(settings) as (url, _),
        browser(url, settings, cast.alice) as alice,
        browser(url, settings, cast.bob) as bob,
        ThreadPoolExecutor(2) as both,
    ):

        def save(who: str, client: httpx.Client, seen: int) -> tuple[str, httpx.Response]:
            together.wait()
            return who, client.put(address, json={"verdict": SAID[who]}, headers={"if-match": f'"{seen}"'})

        seen = 0
        for _ in range(bar.times):
            saving = [both.submit(save, who, client, seen) for who, client in (("Alice", alice), ("Bob", bob))]
            answers = sorted((one.result() for one in saving), key=lambda answer: answer[1].status_code)
            (winner, saved), (_, refused) = answers
            assert (saved.status_code, refused.status_code) == (200, 412), refused.text
            told = refused.json()
            assert (told["current"]["verdict"], told["changed_by"]) == (SAID[winner], winner)
            seen = int(saved.headers["etag"].strip('"'))
            assert told["current"]["version"] == seen
            won.append((winner, SAID[winner]))
    with db.session(engine, reads_only=True) as session:
        kept = [
            (one.actor, one.payload["new"]["verdict"])
            for one in entries(session, call_stream(id_of(call)))
            if one.event == "review.confirmed"
        ]
    engine.dispose()
    assert kept == won
    lost = len(won) - len(kept)
    bar.found(f"{bar.times:,} pairs, one 200 and one 412 each, {lost} lost")
