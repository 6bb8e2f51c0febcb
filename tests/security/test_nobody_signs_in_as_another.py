"""Signing in: no password is guessed, no session planted or kept, no other site acts in somebody's name."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from time import perf_counter

import pytest
from argon2 import extract_parameters
from argon2.low_level import Type
from sqlalchemy import func
from sqlmodel import Session, select

from app.accounts import guessing, invitations, queries, service
from app.accounts.models import FailedSignIn, Role, User, UserSession
from app.accounts.service import MOST_FAILURES, WrongPassword
from app.kit import clock, db
from app.request import SESSION_COOKIE
from app.settings import Settings
from tests.accounts.test_single_sign_on import ALICE, alice_has_an_address, begin, come_back, provider, provider_kept
from tests.accounts.test_single_sign_on import site as single_sign_on
from tests.bar import Bar
from tests.provider import FreeProvider
from tests.web.conftest import Web, serve

__all__ = ["provider", "provider_kept", "single_sign_on"]

OLD, NEW = "correct horse battery", "staple of another kind"


def give_password(web: Web, user: User, password: str = OLD) -> None:
    with db.session(web.engine) as session:
        service.set_password(session, session.get_one(User, user.id), password)


def tried(web: Web, username: str, password: str, **headers: str) -> tuple[int, str]:
    """What a browser is answered that nobody has signed in with, and the session it is given."""
    cookies = {"cookie": "x=1", **headers}
    answer = web.post(None, "/sign-in", data={"username": username, "password": password}, headers=cookies)
    given = answer.cookies.get(SESSION_COOKIE, "")
    web.client.cookies.clear()
    return answer.status_code, given


def opens(web: Web, token: str) -> bool:
    return web.get(None, "/me", headers={"cookie": f"{SESSION_COOKIE}={token}"}).status_code == 200


@pytest.mark.bar(row=16, full=1, quick=1)
def test_passwords_are_kept_by_argon2id_as_owasp_asks(web: Web, bar: Bar) -> None:
    give_password(web, web.cast.alice)
    with db.session(web.engine, reads_only=True) as session:
        kept = session.get_one(User, web.cast.alice.id).password_hash
    assert kept is not None
    found = extract_parameters(kept)
    assert found.type is Type.ID
    assert (found.memory_cost >= 19 * 1024, found.time_cost >= 2, found.salt_len >= 16) == (True, True, True)
    bar.found(f"argon2id, {found.memory_cost // 1024} MiB, {found.time_cost} rounds, {found.parallelism} lanes")


@pytest.mark.bar(row=16, full=300, quick=24)
def test_of_many_guesses_at_once_no_more_are_looked_at_than_of_one_after_the_other(
    web_everywhere: Web, bar: Bar
) -> None:
    web = web_everywhere
    give_password(web, web.cast.alice)
    with ThreadPoolExecutor(16) as many:
        found = list(many.map(lambda number: tried(web, "alice", f"guess {number}")[0], range(bar.times)))
    looked_at = found.count(WrongPassword.status)
    assert looked_at <= MOST_FAILURES
    assert set(found) <= {401, 429}
    # Those at once count each other as failed until they are answered; what is left of the ten is there still.
    left = MOST_FAILURES - looked_at
    assert [tried(web, "alice", f"another guess {number}")[0] for number in range(left + 1)] == [*[401] * left, 429]
    assert tried(web, "alice", OLD)[0] == 429
    bar.found(f"{bar.times} guesses at once: {looked_at} looked at, 0 sessions")


@pytest.mark.bar(row=16, full=1000, quick=1)
def test_who_tries_many_names_from_one_address_must_wait_and_others_need_not(web: Web, bar: Bar) -> None:
    give_password(web, web.cast.alice)
    now = clock.now()
    with db.session(web.engine) as session:
        for number in range(guessing.MOST_FROM_ADDRESS):
            guessing.begin(session, f"name {number}", "testclient", now)
    found = [tried(web, f"other {number}", "guess")[0] for number in range(bar.times)]
    assert set(found) == {429}
    assert tried(web, "alice", OLD)[0] == 429
    with db.session(web.engine) as session:
        elsewhere = guessing.begin(session, "alice", "192.0.2.7", now)
        guessing.check(session, elsewhere, now)
    bar.found(f"{bar.times} further names from one address: 0 looked at")


@pytest.mark.bar(row=16, full=60, quick=2)
def test_no_answer_and_no_clock_tells_which_names_there_are(web: Web, bar: Bar) -> None:
    give_password(web, web.cast.alice)
    give_password(web, web.cast.bob)
    with db.session(web.engine) as session:
        session.get_one(User, web.cast.bob.id).active = False
    names = ("alice", "bob", "dana", "nobody")
    said, took = set(), {name: list[float]() for name in names}
    # In turns, so that what else the machine does is the same for each.
    for name in names * (bar.times + 1):
        began = perf_counter()
        answer = web.post(None, "/sign-in", data={"username": name, "password": "a wrong one"})
        took[name].append(1000 * (perf_counter() - began))
        said.add((answer.status_code, re.sub(r"request \w+", "", answer.text.replace(name, ""))))
        with db.session(web.engine) as session:
            session.exec(FailedSignIn.__table__.delete())  # type: ignore[attr-defined]
    assert len(said) == 1
    # The first one of a process also makes the hash that names without one are compared with.
    medians = [median(one[1:]) for one in took.values()]
    spread = max(medians) - min(medians)
    bar.found(
        f"known, kept out, without a password, unknown: one answer; medians of {min(medians):.0f} ms differ by {spread:.1f}"
    )


ENDS: dict[str, Callable[[Session, User, User], object]] = {
    "a new password": lambda session, user, by: service.set_password(session, user, NEW),
    "another role": lambda session, user, by: service.change_person(
        session, user, name="Alice", role=Role.AGENT, team_id=user.team_id, by=by, now=clock.now()
    ),
    "kept out": lambda session, user, by: service.set_active(session, user, False, by),
    "ended by an administrator": lambda session, user, by: service.end_all_sessions(session, user),
}


@pytest.mark.bar(row=16, full=1, quick=1)
def test_every_session_is_new_and_ends_with_what_it_was_opened_on(web: Web, bar: Bar) -> None:
    alice, ada = web.cast.alice, web.cast.ada
    give_password(web, alice)
    _, first = tried(web, "alice", OLD, cookie=f"{SESSION_COOKIE}=planted")
    assert not opens(web, "planted")
    _, second = tried(web, "alice", OLD, cookie=f"{SESSION_COOKIE}={first}")
    assert (first == second, opens(web, first), opens(web, second)) == (False, False, True)
    web.post(None, "/sign-out", headers={"cookie": f"{SESSION_COOKIE}={second}"})
    assert not opens(web, second)
    for name, act in ENDS.items():
        with db.session(web.engine) as session:
            user = session.get_one(User, alice.id)
            user.active, user.role = True, Role.REVIEWER
            token = service.open_session(session, user, clock.now())
        assert opens(web, token)
        with db.session(web.engine) as session:
            act(session, session.get_one(User, alice.id), ada)
        assert not opens(web, token), name
    bar.found(f"planted, signed in again, signed out, {', '.join(ENDS)}: 0 old sessions open")


@pytest.mark.bar(row=16, full=4, quick=4)
def test_the_cookie_of_a_session_is_for_the_server_alone_and_sent_encrypted(
    sqlite: object, tmp_path: object, bar: Bar
) -> None:
    cases = ((None, "http", False), (None, "https", True), ("https://qa.example", "http", True))
    for number, (public, scheme, is_secure) in enumerate((*cases, ("https://qa.example", "https", True))):
        folder = tmp_path / str(number)  # type: ignore[operator]
        folder.mkdir()
        with sqlite.fresh(folder) as url:  # type: ignore[attr-defined]
            for web in serve(Settings(data_dir=folder, database_url=url, public_url=public)):
                give_password(web, web.cast.alice)
                form = {"username": "alice", "password": OLD}
                answer = web.post(None, f"{scheme}://testserver/sign-in", data=form)
                cookie = answer.headers["set-cookie"]
                assert all(part in cookie for part in ("HttpOnly", "SameSite=lax", "Path=/", "Max-Age="))
                assert ("Secure" in cookie) == is_secure, (public, scheme)
                assert "Domain" not in cookie
    bar.found("HttpOnly, SameSite=Lax, for one host; Secure by https, also behind a proxy")


@pytest.mark.bar(row=16, full=200, quick=4)
def test_a_password_that_is_changed_while_somebody_signs_in_with_it_lets_nobody_stay(
    web_everywhere: Web, bar: Bar
) -> None:
    web, stayed = web_everywhere, 0
    for number in range(bar.times):
        give_password(web, web.cast.alice, OLD)
        with ThreadPoolExecutor(2) as both:
            signing_in = both.submit(tried, web, "alice", OLD)
            changing = both.submit(give_password, web, web.cast.alice, f"{NEW} {number}")
            changing.result()
            status, token = signing_in.result()
        stayed += status == 303 and opens(web, token)
    assert stayed == 0
    bar.found(f"{bar.times} passwords changed during a sign-in: 0 sessions of the old one")


@pytest.mark.bar(row=16, full=100, quick=2)
def test_a_link_and_the_first_administrator_are_used_once_however_many_come_at_once(
    web_everywhere: Web, bar: Bar
) -> None:
    web, dana = web_everywhere, web_everywhere.cast.dana
    for _ in range(bar.times):
        with db.session(web.engine) as session:
            link = invitations.invite(session, session.get_one(User, dana.id), web.cast.ada, clock.now())

        def choose(number: int, link: str = link) -> int:
            form = {"wanted": f"{NEW} {number}", "again": f"{NEW} {number}", "language": "en"}
            return web.client.post(f"/join/{link}", data=form, headers={"cookie": "x=1"}).status_code

        with ThreadPoolExecutor(4) as many:
            assert sorted(many.map(choose, range(4))) == [303, 410, 410, 410]
        with db.session(web.engine) as session:
            session.exec(FailedSignIn.__table__.delete())  # type: ignore[attr-defined]
            for user in session.exec(select(User)):
                user.password_hash = None
                session.add(user)

        def set_up(number: int, link: str = link) -> int:
            form = {"username": f"first {number} {link[:6]}", "name": "First", "password": NEW}
            return web.client.post("/set-up", data=form, headers={"cookie": "x=1"}).status_code

        with ThreadPoolExecutor(4) as many:
            assert sorted(many.map(set_up, range(4))) == [303, 409, 409, 409]
        web.client.cookies.clear()
    bar.found(f"{bar.times} links and {bar.times} first administrators, 4 at once each: 1 let in")


@pytest.mark.bar(row=16, full=50, quick=3)
def test_an_answer_of_the_identity_provider_lets_in_once(
    single_sign_on: Callable[..., object], provider: FreeProvider, bar: Bar
) -> None:
    with single_sign_on() as web:  # type: ignore[attr-defined]
        alice_has_an_address(web)
        provider.user_info = ALICE
        for _ in range(bar.times):
            address, kept = begin(web)
            answer = provider.answer_to(address)
            assert come_back(web, answer, kept).status_code == 303
            assert come_back(web, answer, kept).status_code == 400
    bar.found(f"{bar.times} answers sent again with their cookies: 0 let in")


@pytest.mark.bar(row=16, full=1200, quick=40)
def test_a_key_is_taken_no_more_requests_of_than_its_limit(settings: Settings, engine: object, bar: Bar) -> None:
    limited = settings.model_copy(update={"api_per_minute": 20})
    for web in serve(limited):
        found, seconds = asked_at_once(web, bar.times)
        taken = len(found) - found.count(429)
        assert taken <= 20 + seconds / 3 + 1
    bar.found(f"{bar.times} requests in {seconds:.0f} s, 20 allowed and one more every 3 s: {taken} taken")


def asked_at_once(web: Web, times: int) -> tuple[list[int], float]:
    """What a key is answered that sends so many requests at once, and how long all took."""
    with db.session(web.engine) as session:
        owner = session.get_one(User, web.cast.ada.id)
        secret = service.add_api_key(session, name="x", scopes=[], owner=owner, now=clock.now())

    def send(_: int) -> int:
        return web.client.get("/api/v1/scorecards", headers={"Authorization": f"Bearer {secret}"}).status_code

    began = perf_counter()
    with ThreadPoolExecutor(8) as many:
        found = list(many.map(send, range(times)))
    return found, perf_counter() - began


def test_an_attempt_that_was_refused_unseen_or_right_is_not_counted(web: Web) -> None:
    give_password(web, web.cast.alice)
    for _ in range(3):
        assert tried(web, "alice", OLD)[0] == 303
    with db.session(web.engine, reads_only=True) as session:
        assert session.exec(select(func.count()).select_from(FailedSignIn)).one() == 0
        assert session.exec(select(func.count()).select_from(UserSession)).one() == 3
        since = clock.now() - service.FAILURE_WINDOW
        assert queries.failures_since(session, "alice", since) == 0
