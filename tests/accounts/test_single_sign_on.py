"""Signing in by an identity provider: who is let in, as whom, and what no answer gets past."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc.jwk import OctKey, RSAKey
from pydantic import ValidationError
from sqlmodel import select

from app.accounts import invitations, queries, roster_import, service
from app.accounts.models import Role, User, UserIdentity
from app.kit import clock, db
from app.ledger import queries as ledger
from app.settings import Settings
from tests.databases import SqliteDatabases
from tests.provider import CLIENT_ID, SECRET, FreeProvider, certified_provider, free_provider
from tests.web.conftest import BROWSER, Web, serve

Serve = Callable[..., Any]


@pytest.fixture(scope="module")
def provider_kept() -> Iterator[FreeProvider]:
    with free_provider() as provider:
        yield provider


@pytest.fixture
def provider(provider_kept: FreeProvider) -> FreeProvider:
    """The provider, having forgotten what the test before told it."""
    before = provider_kept
    before.claims, before.left_out, before.user_info, before.described = {}, set(), {}, {}
    before.header, before.signed_by, before.shown_key = {"alg": "RS256", "kid": "one"}, None, before.key
    before.token_status, before.asked = 200, []
    return before


@pytest.fixture
def site(sqlite: SqliteDatabases, tmp_path: Path, provider: FreeProvider) -> Iterator[Serve]:
    """A site whose people sign in by the provider, with these settings besides."""

    @contextmanager
    def opened(issuer: str = provider.issuer, **more: Any) -> Iterator[Web]:
        with sqlite.fresh(tmp_path) as url:
            settings = Settings(
                data_dir=tmp_path,
                database_url=url,
                oidc_issuer=issuer,
                oidc_client_id=CLIENT_ID,
                oidc_client_secret=SECRET,
                oidc_name="House ID",
                **more,
            )
            yield from serve(settings)

    return opened


def alice_has_an_address(web: Web, email: str = "alice@example.com") -> None:
    with db.session(web.engine) as session:
        service.set_email(session, session.get_one(User, web.cast.alice.id), email)


def begin(web: Web, path: str = "/sign-in/provider?next=/coaching") -> tuple[str, dict[str, str]]:
    """The address at the provider, and the cookie that the browser keeps meanwhile."""
    answer = web.get(None, path)
    assert answer.status_code == 303, answer.text
    kept = dict(answer.cookies)
    web.client.cookies.clear()
    return answer.headers["location"], kept


def come_back(web: Web, answer: dict[str, str], kept: dict[str, str]) -> httpx.Response:
    """The site's answer to a browser that the provider has sent back."""
    cookie = "; ".join(f"{name}={value}" for name, value in kept.items())
    came = web.get(None, "/sign-in/provider/back", params=answer, headers={"cookie": cookie})
    web.client.cookies.clear()
    return came


def sign_in(web: Web, provider: FreeProvider, path: str = "/sign-in/provider?next=/coaching") -> httpx.Response:
    address, kept = begin(web, path)
    return come_back(web, provider.answer_to(address), kept)


def who(web: Web, answer: httpx.Response) -> str:
    """The user name of whoever is signed in now."""
    token = answer.headers["set-cookie"].split("callmark_session=")[1].split(";")[0]
    with db.session(web.engine, reads_only=True) as session:
        found = queries.signed_in(session, service.digest(token), clock.now())
        assert found is not None
        return found[0].username


def events(web: Web, user: User) -> list[str]:
    with db.session(web.engine, reads_only=True) as session:
        return [one.event for one in ledger.entries(session, f"user:{user.id}")]


ALICE = {"email": "alice@example.com", "email_verified": True}


def test_a_person_is_known_by_their_verified_address_first_and_by_their_account_from_then_on(
    site: Serve, provider: FreeProvider
) -> None:
    with site() as web:
        alice_has_an_address(web, "Alice@Example.com")
        provider.user_info = ALICE
        answer = sign_in(web, provider)
        assert (answer.status_code, answer.headers["location"]) == (303, "/coaching")
        assert who(web, answer) == "alice"
        assert events(web, web.cast.alice) == ["user.identity_linked"]
        provider.user_info = {"email": "another@example.com", "email_verified": True}
        assert who(web, sign_in(web, provider)) == "alice"


@pytest.mark.parametrize(
    "told",
    [
        {"email": "alice@example.com"},
        {"email": "alice@example.com", "email_verified": False},
        {"email": "alice@example.com", "email_verified": "true"},
        {"preferred_username": "alice"},
        {"preferred_username": "ada", "email": "", "email_verified": True},
        {"email": "nobody@example.com", "email_verified": True},
        {"sub": "somebody else", **ALICE},
        {},
    ],
)
def test_whoever_proves_less_than_that_is_let_in_as_nobody(site: Serve, provider: FreeProvider, told: Any) -> None:
    with site() as web:
        alice_has_an_address(web)
        provider.user_info = told
        answer = sign_in(web, provider)
        assert answer.status_code == 403
        assert "does not know your account" in answer.text
        assert "Sign in with House ID" in answer.text
        assert "callmark_session" not in answer.headers["set-cookie"]


def test_an_address_that_somebody_typed_themselves_proves_nothing(site: Serve, provider: FreeProvider) -> None:
    with site() as web:
        with db.session(web.engine) as session:
            alice = session.get_one(User, web.cast.alice.id)
            alice.email, alice.email_own = "alice@example.com", True
            session.add(alice)
        provider.user_info = ALICE
        assert sign_in(web, provider).status_code == 403


class Form(HTMLParser):
    """The fields of the form of a page that is sent to an address, as a browser would send them untouched."""

    def __init__(self, page: str, action: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self._action, self._inside, self._choice = action, False, ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        name, value = told.get("name") or "", told.get("value") or ""
        if tag == "form":
            self._inside = told.get("action") == self._action
        if tag == "select":
            self._choice = name
        if not self._inside or (told.get("type") == "checkbox" and "checked" not in told):
            return
        if tag == "input":
            self.fields[name] = value
        if tag == "option" and (self._choice not in self.fields or "selected" in told):
            self.fields[self._choice] = value

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False


def types_an_address(web: Web, user: User, email: str = "alice@example.com") -> None:
    """This person enters a mail address among their own settings."""
    assert web.post(user, "/me/mail", data={"mail": "each", "email": email}).status_code == 303


def person_form(web: Web, user: User) -> dict[str, str]:
    """What an administrator who opens the page of a person sends back by saving."""
    page = f"/admin/users/{user.id}"
    return Form(web.get(web.cast.ada, page).text, page).fields


def save_person(web: Web, user: User, form: dict[str, str]) -> int:
    return web.post(web.cast.ada, f"/admin/users/{user.id}", data=form).status_code


def test_an_address_that_somebody_typed_stays_a_mere_claim_whoever_saves_their_page_or_the_roster(
    site: Serve, provider: FreeProvider
) -> None:
    with site() as web:
        provider.user_info = ALICE
        types_an_address(web, web.cast.dana)
        assert sign_in(web, provider).status_code == 403
        form = person_form(web, web.cast.dana)
        assert (form["email"], form["role"]) == ("alice@example.com", "agent")
        assert save_person(web, web.cast.dana, {**form, "name": "Dana Wu"}) == 303
        assert sign_in(web, provider).status_code == 403
        with db.session(web.engine) as session:
            roster = "username,email,name\ndana,alice@example.com,Dana Li\n"
            wanted = roster_import.plan(session, roster, web.cast.ada, clock.now())
            roster_import.apply(session, wanted, web.cast.ada, clock.now())
        assert sign_in(web, provider).status_code == 403


def test_an_address_that_was_changed_while_its_page_was_open_is_not_taken_for_the_administrators(
    site: Serve, provider: FreeProvider
) -> None:
    with site() as web:
        provider.user_info = ALICE
        types_an_address(web, web.cast.dana)
        form = person_form(web, web.cast.dana)
        types_an_address(web, web.cast.dana, "dana@example.com")
        assert save_person(web, web.cast.dana, form) == 303
        assert sign_in(web, provider).status_code == 403
        assert save_person(web, web.cast.dana, {**form, "trusts_email": "yes"}) == 409
        assert sign_in(web, provider).status_code == 403


def test_an_administrator_vouches_for_an_address_by_ticking_it_or_by_typing_another(
    site: Serve, provider: FreeProvider
) -> None:
    with site() as web:
        provider.user_info = ALICE
        types_an_address(web, web.cast.alice)
        page = f"/admin/users/{web.cast.alice.id}"
        assert "They typed it themselves" in web.get(web.cast.ada, page).text
        assert save_person(web, web.cast.alice, person_form(web, web.cast.alice) | {"trusts_email": "yes"}) == 303
        assert "They typed it themselves" not in web.get(web.cast.ada, page).text
        assert who(web, sign_in(web, provider)) == "alice"
        assert events(web, web.cast.alice) == ["user.email_trusted", "user.identity_linked"]
        types_an_address(web, web.cast.bob, "robert@example.com")
        provider.claims = {"sub": "subject-2"}
        provider.user_info = {"sub": "subject-2", "email": "bob@example.com", "email_verified": True}
        save_person(web, web.cast.bob, person_form(web, web.cast.bob) | {"email": "bob@example.com"})
        assert who(web, sign_in(web, provider)) == "bob"


def test_an_address_that_two_people_share_lets_nobody_in(site: Serve, provider: FreeProvider) -> None:
    with site() as web:
        alice_has_an_address(web)
        with db.session(web.engine) as session:
            service.set_email(session, session.get_one(User, web.cast.bob.id), "alice@example.com")
        provider.user_info = ALICE
        assert sign_in(web, provider).status_code == 403


def test_an_address_is_no_way_to_a_person_who_signs_in_with_another_account(
    site: Serve, provider: FreeProvider
) -> None:
    with site() as web:
        alice_has_an_address(web)
        provider.user_info = ALICE
        sign_in(web, provider)
        provider.claims = {"sub": "subject-2"}
        provider.user_info = {"sub": "subject-2", **ALICE}
        assert sign_in(web, provider).status_code == 403


def test_who_was_kept_out_stays_out(site: Serve, provider: FreeProvider) -> None:
    with site() as web:
        alice_has_an_address(web)
        provider.user_info = ALICE
        sign_in(web, provider)
        web.post(web.cast.ada, f"/admin/users/{web.cast.alice.id}/access", data={"active": "0"})
        answer = sign_in(web, provider)
        assert (answer.status_code, "kept out" in answer.text) == (403, True)


def signed(provider: FreeProvider, algorithm: str, secret: str) -> None:
    provider.header, provider.signed_by = {"alg": algorithm}, OctKey.import_key(secret)


WRONG: dict[str, Callable[[FreeProvider], None]] = {
    "another nonce": lambda one: one.claims.update(nonce="another"),
    "no nonce": lambda one: one.left_out.add("nonce"),
    "another issuer": lambda one: one.claims.update(iss="https://evil.example"),
    "another audience": lambda one: one.claims.update(aud="another-client"),
    "meant for somebody else too": lambda one: one.claims.update(aud=[CLIENT_ID, "other"], azp="other"),
    "expired": lambda one: one.claims.update(exp=1_700_000_000, iat=1_699_999_000),
    "no end": lambda one: one.left_out.add("exp"),
    "nobody": lambda one: one.left_out.add("sub"),
    "a subject that is no text": lambda one: one.claims.update(sub=7),
    "another access token": lambda one: one.claims.update(at_hash="AAAAAAAAAAAAAAAAAAAAAA"),
    "signed by another key": lambda one: setattr(one, "signed_by", RSAKey.generate_key(2048, private=True)),
    "signed with the secret": lambda one: signed(one, "HS256", SECRET),
    "not signed": lambda one: signed(one, "none", SECRET),
}


@pytest.mark.parametrize("fault", WRONG)
def test_a_proof_that_is_not_of_this_sign_in_is_refused(site: Serve, provider: FreeProvider, fault: str) -> None:
    with site() as web:
        alice_has_an_address(web)
        provider.user_info = ALICE
        WRONG[fault](provider)
        answer = sign_in(web, provider)
        assert answer.status_code == 400, fault
        assert "cannot be trusted" in answer.text
        assert "callmark_session" not in answer.headers["set-cookie"]


def test_an_answer_to_another_attempt_or_to_none_is_refused(site: Serve, provider: FreeProvider) -> None:
    with site() as web:
        address, kept = begin(web)
        answer = provider.answer_to(address)
        for sent, cookies in (
            (answer, {}),
            ({**answer, "state": "guessed"}, kept),
            ({"code": "a-code"}, kept),
            (answer, {"callmark_attempt": "[]"}),
            (answer, {"callmark_attempt": "nonsense"}),
            (answer, {"callmark_attempt": '[""%2C""]'}),
        ):
            refused = come_back(web, sent, cookies)
            assert refused.status_code == 400, sent
            assert "Begin again" in refused.text
        assert provider.asked == []


def test_an_answer_from_another_provider_is_refused(site: Serve, provider: FreeProvider) -> None:
    with site() as web:
        address, kept = begin(web)
        answer = {**provider.answer_to(address), "iss": "https://evil.example"}
        assert come_back(web, answer, kept).status_code == 400
        assert provider.asked == []


def test_who_cancels_there_is_led_back_to_the_sign_in_page(site: Serve, provider: FreeProvider) -> None:
    with site() as web:
        address, kept = begin(web)
        state = provider.answer_to(address)["state"]
        answer = come_back(web, {"error": "access_denied", "state": state}, kept)
        assert answer.status_code == 403
        assert 'href="/sign-in/provider?next=' in answer.text


def test_pkce_binds_the_code_to_the_browser_that_asked(site: Serve, provider: FreeProvider) -> None:
    with site() as web:
        alice_has_an_address(web)
        provider.user_info = ALICE
        address, kept = begin(web)
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert asked["code_challenge_method"] == "S256"
        assert {"response_type", "scope", "nonce", "state"} <= set(asked)
        assert asked["redirect_uri"] == "http://testserver/sign-in/provider/back"
        assert SECRET not in address
        answer = provider.answer_to(address)
        _, others = begin(web)
        assert come_back(web, answer, others).status_code == 400
        assert come_back(web, answer, kept).status_code == 303


def test_the_cookie_of_an_attempt_is_for_the_server_alone_and_soon_over(site: Serve, provider: FreeProvider) -> None:
    with site() as web:
        answer = web.get(None, "/sign-in/provider")
        cookie = answer.headers["set-cookie"]
        assert all(part in cookie for part in ("HttpOnly", "SameSite=lax", "Max-Age=600", "Path=/sign-in/provider"))


@pytest.mark.parametrize("wanted", ["https://evil.example", "//evil.example", "/\\evil.example"])
def test_one_goes_on_to_our_own_pages_only(site: Serve, provider: FreeProvider, wanted: str) -> None:
    with site() as web:
        alice_has_an_address(web)
        provider.user_info = ALICE
        assert sign_in(web, provider, f"/sign-in/provider?next={wanted}").headers["location"] == "/"


def test_a_provider_that_cannot_be_reached_is_said_to_be_away(site: Serve) -> None:
    with site("http://127.0.0.1:9") as web:
        answer = web.get(None, "/sign-in/provider")
        assert answer.status_code == 503
        assert "cannot be reached" in answer.text
        assert 'name="password"' in answer.text


def test_a_provider_that_describes_another_one_is_not_asked(site: Serve, provider: FreeProvider) -> None:
    for described in ({"issuer": "https://evil.example"}, {"token_endpoint": "http://evil.example/token"}):
        provider.described = described
        with site() as web:
            assert web.get(None, "/sign-in/provider").status_code == 503


def test_what_the_provider_says_of_itself_is_asked_for_once_and_again_when_its_key_is_a_new_one(
    site: Serve, provider: FreeProvider
) -> None:
    with site() as web:
        alice_has_an_address(web)
        provider.user_info = ALICE
        before = provider.descriptions
        assert sign_in(web, provider).status_code == 303
        assert sign_in(web, provider).status_code == 303
        assert provider.descriptions == before + 1
        new = RSAKey.generate_key(2048, {"kid": "two", "use": "sig", "alg": "RS256"}, private=True)
        provider.signed_by = provider.shown_key = new
        provider.header = {"alg": "RS256", "kid": "two"}
        assert sign_in(web, provider).status_code == 303
        assert provider.descriptions == before + 2


def test_the_provider_gives_roles_where_a_map_says_so(site: Serve, provider: FreeProvider) -> None:
    roles = {"qa-admins": "admin", "qa-leads": "supervisor", "qa": "reviewer"}
    with site(oidc_role_claim="realm.groups", oidc_role_map=roles) as web:
        alice_has_an_address(web)
        provider.user_info = {**ALICE, "realm": {"groups": ["staff", "qa", "qa-leads"]}}
        assert who(web, sign_in(web, provider)) == "alice"
        with db.session(web.engine, reads_only=True) as session:
            assert session.get_one(User, web.cast.alice.id).role == Role.SUPERVISOR
        assert events(web, web.cast.alice) == ["user.identity_linked", "user.changed"]
        provider.user_info = {**ALICE, "realm": {"groups": ["staff"]}}
        answer = sign_in(web, provider)
        assert (answer.status_code, "has no role" in answer.text) == (403, True)


def test_nobody_is_added_unless_that_is_wanted_and_then_as_an_agent(site: Serve, provider: FreeProvider) -> None:
    new = {"email": "erin@example.com", "email_verified": True, "preferred_username": "erin", "name": "Erin Moss"}
    with site() as web:
        provider.user_info = new
        assert sign_in(web, provider).status_code == 403
    with site(oidc_create=True) as web:
        assert who(web, sign_in(web, provider)) == "erin"
        with db.session(web.engine, reads_only=True) as session:
            erin = queries.user_named(session, "erin")
            assert erin is not None
            assert (erin.name, erin.role, erin.email) == ("Erin Moss", Role.AGENT, "erin@example.com")
            assert [one.subject for one in session.exec(select(UserIdentity))] == ["subject-1"]
        assert events(web, erin) == ["user.added", "user.identity_linked"]
        provider.claims = {"sub": "subject-2"}
        provider.user_info = {"sub": "subject-2", "preferred_username": "ADA"}
        assert sign_in(web, provider).status_code == 403, "a user name that somebody has is not theirs"


def test_a_link_to_join_ties_the_account_of_whoever_holds_it(site: Serve, provider: FreeProvider) -> None:
    with site(password_sign_in="off") as web:
        with db.session(web.engine) as session:
            dana = session.get_one(User, web.cast.dana.id)
            token = invitations.invite(session, dana, web.cast.ada, clock.now())
        page = web.get(None, f"/join/{token}").text
        assert f'href="/sign-in/provider?invitation={token}"' in page
        assert 'type="password"' not in page
        path = f"/sign-in/provider?invitation={token}"
        assert who(web, sign_in(web, provider, path)) == "dana"
        assert web.get(None, path).status_code == 410
        assert who(web, sign_in(web, provider)) == "dana"
        with db.session(web.engine) as session:
            mei = session.get_one(User, web.cast.mei.id)
            token = invitations.invite(session, mei, web.cast.ada, clock.now())
        answer = sign_in(web, provider, f"/sign-in/provider?invitation={token}")
        assert (answer.status_code, "Somebody else" in answer.text) == (409, True)


def invited(web: Web, user: User) -> str:
    """The token of a link for this person."""
    with db.session(web.engine) as session:
        return invitations.invite(session, session.get_one(User, user.id), web.cast.ada, clock.now())


@pytest.mark.parametrize(
    "came",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"referer": "https://evil.example/testserver"},
        {},
    ],
)
def test_nobody_is_sent_past_the_page_that_says_whose_link_it_is(
    site: Serve, provider: FreeProvider, came: dict[str, str]
) -> None:
    with site() as web:
        token = invited(web, web.cast.dana)
        path = f"/sign-in/provider?invitation={token}"
        answer = web.client.get(path, headers={"accept": BROWSER["accept"], **came})
        assert (answer.status_code, answer.headers["location"]) == (303, f"/join/{token}")
        assert "set-cookie" not in answer.headers
        assert web.get(None, "/sign-in/provider", headers={"sec-fetch-site": "cross-site"}).status_code == 303


def test_a_browser_that_does_not_tell_whether_it_comes_from_here_names_the_page_it_comes_from(
    site: Serve, provider: FreeProvider
) -> None:
    with site() as web:
        token = invited(web, web.cast.dana)
        page = {"referer": f"http://testserver/join/{token}"}
        answer = web.client.get(f"/sign-in/provider?invitation={token}", headers=page)
        assert answer.headers["location"].startswith(provider.issuer)


def test_a_link_used_with_an_account_ends_the_password_that_somebody_else_may_know(
    site: Serve, provider: FreeProvider
) -> None:
    with site(oidc_role_claim="groups", oidc_role_map={"qa-leads": "supervisor"}) as web:
        told = {"username": "dana", "password": "correct horse battery"}
        with db.session(web.engine) as session:
            service.set_password(session, session.get_one(User, web.cast.dana.id), told["password"])
        assert web.post(None, "/sign-in", data=told).status_code == 303
        web.client.cookies.clear()
        provider.user_info = {"groups": ["qa-leads"]}
        assert who(web, sign_in(web, provider, f"/sign-in/provider?invitation={invited(web, web.cast.dana)}")) == "dana"
        assert web.post(None, "/sign-in", data=told).status_code == 401
        assert events(web, web.cast.dana) == ["user.identity_linked", "user.password_ended", "user.changed"]


def test_a_link_gives_no_second_account_to_a_person_who_has_one(site: Serve, provider: FreeProvider) -> None:
    with site() as web:
        sign_in(web, provider, f"/sign-in/provider?invitation={invited(web, web.cast.dana)}")
        provider.claims = {"sub": "subject-2"}
        provider.user_info = {"sub": "subject-2"}
        token = invited(web, web.cast.dana)
        answer = sign_in(web, provider, f"/sign-in/provider?invitation={token}")
        assert (answer.status_code, "with another account already" in answer.text) == (409, True)
        assert web.get(None, f"/join/{token}").status_code == 200


def test_an_account_that_is_untied_opens_nothing_any_more(site: Serve, provider: FreeProvider) -> None:
    with site() as web:
        alice_has_an_address(web)
        provider.user_info = ALICE
        answer = sign_in(web, provider)
        with db.session(web.engine) as session:
            (tied,) = queries.identities_of(session, web.cast.alice.id or 0)
            service.set_email(session, session.get_one(User, web.cast.alice.id), "")
        page = f"/admin/users/{web.cast.alice.id}"
        assert provider.issuer in web.get(web.cast.ada, page).text
        assert web.post(web.cast.ada, f"/admin/users/{web.cast.bob.id}/identities/{tied.id}/unlink").status_code == 404
        assert web.post(web.cast.ada, f"{page}/identities/{tied.id}/unlink").status_code == 303
        cookie = answer.headers["set-cookie"].split(";")[0]
        assert web.get(None, "/me", headers={"cookie": cookie}).headers["location"].startswith("/sign-in")
        assert sign_in(web, provider).status_code == 403


def test_where_passwords_are_off_the_sign_in_page_has_none_but_administrators_find_theirs(
    site: Serve, provider: FreeProvider
) -> None:
    with site(password_sign_in="off") as web:
        assert web.get(None, "/set-up").headers["location"] == "/sign-in"
        forged = {"username": "mallory", "name": "Mallory", "password": "correct horse battery"}
        assert web.post(None, "/set-up", data=forged).status_code == 409
        assert 'type="password"' not in web.get(None, "/sign-in").text
        assert 'type="password"' in web.get(None, "/sign-in?by=password").text
        with db.session(web.engine) as session:
            for one in (web.cast.ada, web.cast.alice):
                service.set_password(session, session.get_one(User, one.id), "correct horse battery")
        told = {"password": "correct horse battery"}
        assert web.post(None, "/sign-in", data={"username": "alice", **told}).status_code == 401
        assert web.post(None, "/sign-in", data={"username": "ada", **told}).status_code == 303


def test_one_is_led_to_sign_out_there_too(site: Serve, provider: FreeProvider) -> None:
    provider.described = {"end_session_endpoint": f"{provider.issuer}/out"}
    with site(password_sign_in="off") as web:
        answer = web.post(web.cast.alice, "/sign-out")
        assert 'href="/sign-in/provider/end"' in web.get(None, answer.headers["location"]).text
        address = urlsplit(web.get(None, "/sign-in/provider/end").headers["location"])
        asked = parse_qs(address.query)
        assert (address.path, asked["client_id"]) == ("/out", [CLIENT_ID])
        assert asked["post_logout_redirect_uri"] == ["http://testserver/sign-in"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"oidc_issuer": "http://id.example.com", "oidc_client_id": "x"},
        {"oidc_issuer": "https://id.example.com"},
        {"oidc_issuer": "https://id.example.com", "oidc_client_id": "x", "oidc_scopes": "email"},
        {"oidc_issuer": "https://id.example.com", "oidc_client_id": "x", "oidc_role_claim": "groups"},
        {"password_sign_in": "off"},
    ],
)
def test_settings_that_let_nobody_in_or_anybody_are_refused_at_the_start(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Settings(**wrong)


def test_a_certified_provider_lets_a_person_in(site: Serve) -> None:
    accounts = {
        "erin": {**ALICE, "name": "Alice"},
        "mallory": {"email": "alice@example.com", "email_verified": False, "preferred_username": "alice"},
    }
    with certified_provider("http://testserver", accounts) as issuer, site(issuer) as web:
        alice_has_an_address(web)
        for account, status in (("mallory", 403), ("erin", 303)):
            address, kept = begin(web)
            with httpx.Client(headers=BROWSER, follow_redirects=True) as there:
                form = there.get(address)
                assert "Sign-in" in form.text
                action = form.text.split('action="')[1].split('"')[0]
                sent = there.post(
                    action,
                    data={"prompt": "login", "login": account, "password": "any"},
                    follow_redirects=False,
                )
                while not sent.headers["location"].startswith("http://testserver"):
                    sent = there.get(sent.headers["location"], follow_redirects=False)
            back = {name: values[0] for name, values in parse_qs(urlsplit(sent.headers["location"]).query).items()}
            answer = come_back(web, back, kept)
            assert answer.status_code == status, account
            assert come_back(web, back, kept).status_code == 403, "a code works once"
        assert who(web, answer) == "alice"
