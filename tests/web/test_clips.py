"""A clip shared by a link: made by staff, opened by whoever may see the call, gone when it is withdrawn or expired."""

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from app.accounts.models import User
from app.accounts.service import digest
from app.kit import db
from app.sharing.models import ClipLink
from tests.audio.sounds import tone
from tests.web.conftest import Web

JSON = {"accept": "application/json"}


def share(web: Web, call: int, user: User | None = None, **clip: object) -> str:
    """The path of a new link to five seconds of the call."""
    body = {"start": 4.6, "end": 10.0, **clip}
    answer = web.post(user or web.cast.alice, f"/calls/{call}/clips", json=body, headers=JSON)
    assert answer.status_code == 201, answer.text
    url = str(answer.json()["url"])
    assert url.startswith("http://testserver/clips/")
    return url.removeprefix("http://testserver")


def age(web: Web, token: str, days: float) -> None:
    """Let so many days pass for a link."""
    with db.session(web.engine) as session:
        link = session.exec(select(ClipLink).where(ClipLink.token_hash == digest(token))).one()
        link.expires_at -= timedelta(days=days)
        session.add(link)


def test_a_colleague_opens_the_clip_and_reads_only_what_is_said_in_it(web_everywhere: Web) -> None:
    web = web_everywhere
    call = web.make_call(customer_name="Grace Okafor", external_id="C-7")
    page = web.get(web.cast.bob, share(web, call))
    assert page.status_code == 200
    assert "My card was declined." in page.text
    assert "Thank you for calling Merrow Bank" not in page.text
    assert "goodbye" not in page.text
    for told in ("Dana", "Grace Okafor", "C-7", "Shared by Alice", "Open the call at 0:05"):
        assert told in page.text, told
    assert f'href="/calls/{call}#turn-2"' in page.text


def test_the_clip_of_a_recording_plays_that_stretch(web: Web) -> None:
    from app.audio.decoding import Recording

    call = web.make_recorded_call(Recording(tone(30.0)[None]))
    page = web.get(web.cast.dana, share(web, call)).text
    assert f'src="/calls/{call}/audio#t=4.6,10.0"' in page
    part = {"headers": {"range": "bytes=0-99"}}
    assert web.get(web.cast.dana, f"/calls/{call}/audio", **part).status_code == 206
    for other in (web.cast.mei, web.cast.charlie):
        assert web.get(other, f"/calls/{call}/audio", **part).status_code == 404


def test_who_may_not_see_the_call_is_told_no_more_than_of_a_link_that_never_was(web: Web) -> None:
    path = share(web, web.make_call())
    for person in (web.cast.charlie, web.cast.mei, web.cast.kenji):
        answer = web.get(person, path)
        assert answer.status_code == 404
        assert "My card" not in answer.text
        assert answer.status_code == web.get(person, "/clips/never-was").status_code
    assert web.get(web.cast.dana, path).status_code == 200


def test_who_is_not_signed_in_signs_in_first_and_comes_back_to_the_clip(web: Web) -> None:
    path = share(web, web.make_call())
    answer = web.get(None, path)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/sign-in?next={path}"


def test_an_expired_link_says_so_and_leads_to_the_call(web: Web) -> None:
    call = web.make_call()
    path = share(web, call)
    age(web, path.rsplit("/", 1)[1], 6.99)
    assert web.get(web.cast.alice, path).status_code == 200
    age(web, path.rsplit("/", 1)[1], 0.02)
    gone = web.get(web.cast.alice, path)
    assert gone.status_code == 410
    assert "The link has expired." in gone.text
    assert f'href="/calls/{call}#turn-2"' in gone.text
    assert "My card" not in gone.text
    assert web.get(web.cast.charlie, path).status_code == 404


def test_a_link_is_listed_at_its_call_until_it_is_withdrawn(web: Web) -> None:
    call = web.make_call()
    path = share(web, call)
    listed = web.get(web.cast.bob, f"/calls/{call}").text
    assert f'action="/calls/{call}/clips/1/withdraw"' in listed
    assert "Clip 0:05–0:10" in listed
    assert web.post(web.cast.bob, f"/calls/{call}/clips/1/withdraw").status_code == 303
    after = web.get(web.cast.bob, f"/calls/{call}").text
    assert "/clips/1/withdraw" not in after
    assert "Withdrew the link to the clip 0:05–0:10" in after
    gone = web.get(web.cast.bob, path)
    assert (gone.status_code, "The link was withdrawn." in gone.text) == (410, True)


def test_agents_open_clips_of_their_calls_and_share_none(web: Web) -> None:
    call = web.make_call()
    path = share(web, call)
    assert web.get(web.cast.dana, path).status_code == 200
    body = {"start": 1.0, "end": 2.0}
    assert web.post(web.cast.dana, f"/calls/{call}/clips", json=body, headers=JSON).status_code == 403
    assert web.post(web.cast.dana, f"/calls/{call}/share", data={"start": "0:01", "end": "0:02"}).status_code == 403
    assert web.post(web.cast.dana, f"/calls/{call}/clips/1/withdraw").status_code == 403
    assert "Shared clips" not in web.get(web.cast.dana, f"/calls/{call}").text


@pytest.mark.parametrize(
    "body",
    [
        '{"start": -1, "end": 2}',
        '{"start": 2, "end": 2}',
        '{"start": NaN, "end": 2}',
        '{"start": 0, "end": Infinity}',
        '{"start": 0, "end": 1e400}',
        '{"start": "0", "end": "2"}',
        '{"start": true, "end": 2}',
        '{"start": 0}',
        '{"start": 0, "end": 2, "item_id": "no_such_item"}',
        '{"start": 0, "end": 2, "until": "2099"}',
        "[]",
    ],
)
def test_times_that_cannot_be_are_refused(web: Web, body: str) -> None:
    call = web.make_call()
    headers = {**JSON, "content-type": "application/json"}
    answer = web.post(web.cast.alice, f"/calls/{call}/clips", content=body, headers=headers)
    assert answer.status_code == 422
    with Session(web.engine) as session:
        assert session.exec(select(ClipLink)).all() == []


def test_nobody_shares_a_call_of_another_team(web: Web) -> None:
    call = web.make_call()
    body = {"start": 1.0, "end": 2.0}
    assert web.post(web.cast.charlie, f"/calls/{call}/clips", json=body, headers=JSON).status_code == 404
    assert web.post(web.cast.charlie, f"/calls/{call}/clips/1/withdraw").status_code == 404


def test_the_verdict_on_the_item_is_told_to_an_agent_once_a_person_has_submitted_it(web: Web) -> None:
    call = web.make_call()
    path = share(web, call, item_id="standard_greeting")
    title = "Opens with the standard greeting"
    by_machine = web.get(web.cast.alice, path).text
    assert title in by_machine
    assert "verdict machine" in by_machine
    before = web.get(web.cast.dana, path).text
    assert title not in before
    assert "verdict" not in before
    web.submit(call)
    after = web.get(web.cast.dana, path).text
    assert title in after
    assert "verdict person" in after


def test_without_script_a_clip_is_shared_by_typing_its_times(web: Web) -> None:
    call = web.make_call()
    made = web.post(web.cast.alice, f"/calls/{call}/share", data={"start": "0:05", "end": "0:09"})
    assert made.status_code == 201
    path = made.text.split('id="clip-link">http://testserver')[1].split("<")[0]
    assert "My card was declined." in web.get(web.cast.bob, path).text
    unreadable = web.post(web.cast.alice, f"/calls/{call}/share", data={"start": "soon", "end": "0:09"})
    assert unreadable.status_code == 422


def test_the_link_of_a_deleted_call_opens_nothing(web: Web) -> None:
    call = web.make_call()
    path = share(web, call)
    assert web.post(web.cast.bob, f"/calls/{call}/delete", data={"reason": "asked for"}).status_code == 303
    assert web.get(web.cast.ada, path).status_code == 404
    with Session(web.engine) as session:
        assert session.exec(select(ClipLink)).all() == []
