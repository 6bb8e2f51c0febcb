"""Signing in by a certified identity provider, in a real browser: there, back, out, and out there."""

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from app.accounts import service
from app.accounts.models import User
from app.kit import db
from app.settings import Settings
from tests.browser.conftest import running
from tests.cast import make_cast
from tests.databases import SqliteDatabases
from tests.provider import CLIENT_ID, SECRET, certified_provider

ACCOUNTS = {"a-17": {"email": "alice@example.com", "email_verified": True, "name": "Alice"}, "a-18": {"name": "Eve"}}


@pytest.fixture
def address(sqlite: SqliteDatabases, tmp_path: Path) -> Iterator[str]:
    """A site whose people sign in by the provider; Alice's address is known there and here."""
    listening = socket.create_server(("127.0.0.1", 0))
    here = f"http://127.0.0.1:{listening.getsockname()[1]}"
    with certified_provider(here, ACCOUNTS) as issuer, sqlite.fresh(tmp_path) as url:
        engine = db.make_engine(url)
        with db.session(engine) as session:
            cast = make_cast(session)
            service.set_email(session, session.get_one(User, cast.alice.id), "alice@example.com")
            service.set_password(session, session.get_one(User, cast.ada.id), "correct horse battery")
        engine.dispose()
        settings = Settings(
            data_dir=tmp_path,
            database_url=url,
            oidc_issuer=issuer,
            oidc_client_id=CLIENT_ID,
            oidc_client_secret=SECRET,
            oidc_name="House ID",
        )
        with running(settings, listening) as (address, _):
            yield address


def test_a_person_comes_in_by_the_provider_to_the_page_they_wanted_and_out_of_both(
    browser: Browser, address: str
) -> None:
    with browser.new_context(base_url=address, user_agent="Chrome/140 (Windows NT 10.0)") as context:
        page = context.new_page()
        page.goto("/coaching?which=all")
        page.get_by_role("link", name="Sign in with House ID").click()
        page.fill("[name=login]", "a-17")
        page.fill("[name=password]", "any")
        page.click("button[type=submit]")
        page.wait_for_url(f"{address}/coaching?which=all")
        page.goto("/me")
        expect(page.get_by_role("heading", level=1)).to_have_text("Alice")
        expect(page.get_by_text("Chrome · Windows")).to_be_visible()
        page.locator("details.menu summary").click()
        page.get_by_role("button", name="Sign out", exact=True).click()
        expect(page.get_by_text("You are signed out of Callmark.")).to_be_visible()
        page.get_by_role("link", name="Sign out of House ID").click()
        page.get_by_role("button", name=re.compile("sign me out", re.IGNORECASE)).click()
        page.wait_for_url(f"{address}/sign-in*")
        page.get_by_role("link", name="Sign in with House ID").click()
        expect(page.locator("[name=login]")).to_be_visible()


def test_whom_nobody_here_knows_is_led_back_with_the_reason(browser: Browser, address: str) -> None:
    with browser.new_context(base_url=address) as context:
        page = context.new_page()
        page.goto("/sign-in")
        page.get_by_role("link", name="Sign in with House ID").click()
        page.fill("[name=login]", "a-18")
        page.fill("[name=password]", "any")
        page.click("button[type=submit]")
        expect(page.get_by_role("alert")).to_contain_text("does not know your account")
        expect(page.get_by_role("link", name="Sign in with House ID")).to_be_visible()


def test_whoever_is_sent_to_the_provider_with_somebody_elses_link_sees_first_whose_it_is(
    browser: Browser, address: str
) -> None:
    with browser.new_context(base_url=address) as context:
        page = context.new_page()
        page.goto("/sign-in")
        page.fill("[name=username]", "ada")
        page.fill("[name=password]", "correct horse battery")
        page.get_by_role("button", name="Sign in").click()
        page.goto("/admin/users?q=dana")
        page.get_by_role("link", name="Dana").click()
        page.get_by_role("button", name="Make a link").click()
        link = page.locator("#link").inner_text()
    with browser.new_context(base_url=address) as context:
        page = context.new_page()
        page.goto(f"/sign-in/provider?invitation={link.rpartition('/')[2]}")
        expect(page).to_have_url(link)
        expect(page.locator("dl.facts")).to_contain_text("dana")
        page.get_by_role("link", name="Sign in with House ID").click()
        page.fill("[name=login]", "a-18")
        page.fill("[name=password]", "any")
        page.click("button[type=submit]")
        page.wait_for_url(f"{address}/calls*")
        page.goto("/me")
        expect(page.get_by_role("heading", level=1)).to_have_text("Dana")
