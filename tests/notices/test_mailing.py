"""What people are told of is mailed to them: at once or once a day, in their language, and tried again when it fails."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from app.accounts import queries as accounts
from app.accounts.models import Mail, User
from app.kit import db
from app.kit.mail import mail_server
from app.notices.mailing import PAUSES, send_notices
from app.notices.models import Kind, Notice
from app.notices.service import tell
from tests.cast import make_cast
from tests.mailbox import mailbox

NOON = datetime(2026, 10, 5, 12, tzinfo=UTC)
SITE = "https://qa.example.org"


class Post:
    """A cast with addresses, and the sweep of a worker."""

    def __init__(self, engine):
        self.engine = engine
        with db.session(engine) as session:
            self.cast = make_cast(session)
            for one in accounts.users(session):
                one.email = f"{one.username}@example.org"
                session.add(one)

    def wants(self, user: User, **how):
        with db.session(self.engine) as session:
            one = accounts.user(session, user.id)
            for name, value in how.items():
                setattr(one, name, value)
            session.add(one)

    def tell(self, *people: User, kind=Kind.ASSIGNED, url="/queue?which=mine", at=NOON):
        with db.session(self.engine) as session:
            tell(session, [one.id for one in people], kind, url, at)

    def sweep(self, box, at=NOON):
        server = mail_server(f"smtp://{box.host}:{box.port}", "qa@example.org") if box else None
        send_notices(self.engine, server, SITE, at)

    def unsettled(self):
        with db.session(self.engine, reads_only=True) as session:
            return session.exec(select(Notice).where(Notice.settled_at == None)).all()  # noqa: E711


@pytest.fixture
def post(engine):
    return Post(engine)


def test_all_that_concerns_a_person_comes_in_one_mail_once(post, tmp_path):
    post.tell(post.cast.alice, post.cast.charlie)
    post.tell(post.cast.alice)
    post.tell(post.cast.alice, kind=Kind.DUE, url="/reviews/7")
    with mailbox(tmp_path) as box:
        post.sweep(box)
        post.sweep(box)
    [mine] = box.to("alice@example.org")
    assert mine["Subject"] == "Callmark: 2 reviews were given to you, 1 of your reviews is due"
    text = mine.get_content()
    assert text.count(f"{SITE}/queue?which=mine") == 1
    assert f"{SITE}/reviews/7" in text
    assert f"{SITE}/me" in text
    assert len(box.to("charlie@example.org")) == 1
    assert post.unsettled() == []


def test_a_mail_is_in_the_language_of_who_reads_it(post, tmp_path):
    post.wants(post.cast.alice, language="zh", name="艾丽斯")
    post.tell(post.cast.alice)
    with mailbox(tmp_path) as box:
        post.sweep(box)
    [mine] = box.mails
    assert "艾丽斯" in mine.get_content()
    assert mine["To"].addresses[0].display_name == "艾丽斯"


def test_who_wants_no_mail_has_no_address_or_left_is_settled_at_once(post, tmp_path):
    post.wants(post.cast.alice, mail=Mail.OFF)
    post.wants(post.cast.bob, email=None)
    post.wants(post.cast.charlie, active=False)
    post.tell(post.cast.alice, post.cast.bob, post.cast.charlie)
    with mailbox(tmp_path) as box:
        post.sweep(box)
    assert box.mails == []
    assert post.unsettled() == []


def test_without_a_mail_server_nothing_piles_up_for_the_day_there_is_one(post, tmp_path):
    post.tell(post.cast.alice)
    post.sweep(None)
    with mailbox(tmp_path) as box:
        post.sweep(box)
    assert box.mails == []


def test_the_daily_mail_comes_at_eight_on_the_readers_clock(post, tmp_path):
    post.wants(post.cast.alice, mail=Mail.DAILY, time_zone="Asia/Tokyo")
    post.tell(post.cast.alice)
    eight_in_tokyo = datetime(2026, 10, 5, 23, tzinfo=UTC)
    with mailbox(tmp_path) as box:
        post.sweep(box)
        post.tell(post.cast.alice, kind=Kind.DECIDED, url="/disputes/1", at=NOON + timedelta(hours=1))
        post.sweep(box, eight_in_tokyo - timedelta(minutes=1))
        assert box.mails == []
        post.sweep(box, eight_in_tokyo)
        [mine] = box.mails
    assert mine["Subject"] == "Callmark: 1 review was given to you, 1 dispute was decided"


def test_a_server_that_is_away_is_tried_again_after_growing_pauses_and_given_up_in_the_end(post, tmp_path, caplog):
    post.tell(post.cast.alice)
    with mailbox(tmp_path) as box:
        pass
    at = NOON
    for pause in PAUSES:
        assert len(post.unsettled()) == 1
        post.sweep(box, at)
        before = [one.tried for one in post.unsettled()]
        post.sweep(box, at + pause - timedelta(seconds=1))
        assert [one.tried for one in post.unsettled()] == before
        at += pause
    assert post.unsettled() == []
    assert "given up" in caplog.text
    assert "alice@example.org" not in caplog.text


def test_a_mail_that_failed_arrives_when_the_server_is_back(post, tmp_path):
    post.tell(post.cast.alice)
    with mailbox(tmp_path) as box:
        pass
    post.sweep(box)
    with mailbox(tmp_path) as box:
        post.sweep(box, NOON + PAUSES[0])
    assert len(box.mails) == 1
    assert post.unsettled() == []


def test_one_refused_recipient_keeps_no_mail_from_the_others(post, tmp_path):
    post.tell(post.cast.alice, post.cast.bob, post.cast.charlie)
    with mailbox(tmp_path, refused=("alice@example.org",)) as box:
        post.sweep(box)
    assert sorted(str(one["To"]) for one in box.mails) == ["Bob <bob@example.org>", "Charlie <charlie@example.org>"]
    assert [one.user_id for one in post.unsettled()] == [post.cast.alice.id]


def test_two_workers_send_nothing_twice(post, tmp_path):
    for _ in range(20):
        post.tell(post.cast.alice, post.cast.bob, post.cast.charlie)
    with mailbox(tmp_path) as box:
        with ThreadPoolExecutor(4) as workers:
            list(workers.map(lambda _: post.sweep(box), range(4)))
        told = sum(int(str(one["Subject"]).split()[1]) for one in box.mails)
    assert told == 60
    assert post.unsettled() == []
