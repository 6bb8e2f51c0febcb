"""Links to choose a password go out by mail too; where they do not, the administrator is told."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from httpx import Response
from sqlmodel import select

from app.accounts import service
from app.accounts.models import Invitation, User
from app.kit import db
from app.settings import Settings
from tests.databases import SqliteDatabases
from tests.mailbox import Mailbox, mailbox
from tests.web.conftest import Web, serve

ADDRESS = "dana@example.org"
GOES, FAILS = "It goes by mail to", "It did not go by mail to"

Site = Callable[[Mailbox], AbstractContextManager[Web]]


@pytest.fixture
def site(sqlite: SqliteDatabases, tmp_path: Path) -> Site:
    """A site that hands its mail in at this server, and where Dana has an address."""

    @contextmanager
    def opened(box: Mailbox) -> Iterator[Web]:
        with sqlite.fresh(tmp_path) as url:
            settings = Settings(
                data_dir=tmp_path,
                database_url=url,
                smtp_url=f"smtp://{box.host}:{box.port}",
                mail_from="qa@example.org",
                public_url="https://qa.example.org",
            )
            for web in serve(settings):
                with db.session(web.engine) as session:
                    service.set_email(session, session.get_one(User, web.cast.dana.id), ADDRESS)
                yield web

    return opened


def make_link(web: Web, user: User) -> Response:
    return web.post(web.cast.ada, f"/admin/users/{user.id}/invitation")


def shown(answer: Response) -> str:
    """The link that the administrator's page shows."""
    assert answer.status_code == 201
    (link,) = re.findall(r'id="link"[^>]*>(https://qa.example.org/join/[\w-]+)<', answer.text)
    return str(link)


def test_a_link_goes_by_mail_to_whom_it_is_for_in_their_language(site: Site, tmp_path: Path) -> None:
    with mailbox(tmp_path) as box, site(box) as web:
        with db.session(web.engine) as session:
            service.set_language(session, session.get_one(User, web.cast.dana.id), "zh")
        answer = make_link(web, web.cast.dana)
        [mail] = box.mails
        assert mail["To"].addresses[0].addr_spec == ADDRESS
        assert shown(answer) in mail.get_content()
        assert "你的用户名是 dana" in mail.get_content()
        assert f"{GOES} {ADDRESS} too" in answer.text
        assert FAILS not in answer.text
        assert web.get(None, shown(answer).removeprefix("https://qa.example.org")).status_code == 200


def test_who_is_added_with_an_address_is_mailed_their_link(site: Site, tmp_path: Path) -> None:
    with mailbox(tmp_path) as box, site(box) as web:
        told = {"name": "Erin", "username": "erin", "role": "reviewer", "email": "erin@example.org", "invite": "yes"}
        answer = web.post(web.cast.ada, "/admin/users", data=told)
        [mail] = box.to("erin@example.org")
        assert shown(answer) in mail.get_content()


def test_who_has_no_address_is_mailed_nothing_and_nothing_is_said_of_mail(site: Site, tmp_path: Path) -> None:
    with mailbox(tmp_path) as box, site(box) as web:
        answer = make_link(web, web.cast.mei)
        assert shown(answer)
        assert box.mails == []
        assert GOES not in answer.text
        assert FAILS not in answer.text


def test_a_mail_that_the_server_refuses_is_told_and_the_link_works_all_the_same(
    site: Site, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with mailbox(tmp_path, refused=(ADDRESS,)) as box, site(box) as web:
        answer = make_link(web, web.cast.dana)
        assert f"{FAILS} {ADDRESS}: pass it on yourself. The mail server does not take this mail" in answer.text
        assert GOES not in answer.text
        assert web.get(None, shown(answer).removeprefix("https://qa.example.org")).status_code == 200
        assert "SMTPRecipientsRefused" in caplog.text
        assert ADDRESS not in caplog.text


def test_a_mail_server_that_is_away_is_told_and_who_was_added_stays_added(site: Site, tmp_path: Path) -> None:
    with mailbox(tmp_path) as gone:
        pass
    with site(gone) as web:
        told = {"name": "Erin", "username": "erin", "role": "reviewer", "email": "erin@example.org", "invite": "yes"}
        answer = web.post(web.cast.ada, "/admin/users", data=told)
        assert shown(answer)
        assert f"{FAILS} erin@example.org: pass it on yourself. The mail server cannot be reached" in answer.text
        with db.session(web.engine, reads_only=True) as session:
            assert len(session.exec(select(Invitation)).all()) == 1
