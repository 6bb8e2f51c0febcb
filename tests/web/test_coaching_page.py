"""A note about a call is written, read by its agent, and answered."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlmodel import select

from app.coaching import service as coaching
from app.coaching.models import CoachingNote, NoteState
from app.domain.evidence import Verdict
from app.domain.lifecycle import Act
from app.kit import clock, db
from app.kit.db import id_of
from app.notices.models import Kind, Notice
from app.request import actor
from app.reviews import queries as reviews
from app.reviews import service
from app.reviews.set_aside import Aside, set_aside
from app.worker import Worker
from tests.web.conftest import Web

# How a page says of a verdict that it is the one of then.
NOTED = "when the note was written"


def write(web: Web, call: int, **said: str) -> int:
    return web.post(web.cast.bob, f"/calls/{call}/coaching", data={"text": "Greet by name.", **said}).status_code


def test_a_note_from_the_page_of_a_call_is_acknowledged_with_an_answer(web: Web) -> None:
    call = web.make_call()
    submit(web, call)
    assert write(web, call, item_id="uses_name", start="0:05", end="1:00") == 303
    # The result is submitted, and not the agent's to read yet: neither is what is said of it.
    assert "Greet by name." not in web.get(web.cast.dana, "/coaching").text
    assert web.get(web.cast.dana, "/coaching/1").status_code == 404
    assert "Held back until the result is released" in web.get(web.cast.bob, "/coaching").text
    release(web, call)
    page = web.get(web.cast.dana, "/coaching").text
    assert "Greet by name." in page
    assert f'href="/calls/{call}#note-1"' in page
    assert "Hear the clip 0:05–1:00" in page
    assert web.post(web.cast.dana, "/coaching/1/acknowledge", data={"reply": "I will."}).status_code == 303
    assert "No note waits" in web.get(web.cast.dana, "/coaching").text
    followed = web.get(web.cast.bob, "/coaching?which=acknowledged").text
    assert "Acknowledged by Dana" in followed
    assert "I will." in followed
    assert "I will." in web.get(web.cast.bob, f"/calls/{call}").text
    assert web.post(web.cast.dana, "/coaching/1/acknowledge").status_code == 409


def submit(web: Web, call: int, verdict: Verdict = Verdict.PASS) -> None:
    """Alice decides every item so and submits; the agent reads it once somebody releases it."""
    web.decide_all(call, verdict)
    with db.session(web.engine) as session:
        service.submit(session, id_of(web.review_of(call)), web.cast.alice, actor(web.cast.alice))


def release(web: Web, call: int) -> None:
    with db.session(web.engine) as session:
        review = reviews.lock(session, id_of(web.review_of(call)))
        review.state, review.released_at = service.moved(review, Act.RELEASE), clock.now()
        session.add(review)


def test_only_the_agent_it_was_written_to_answers(web: Web) -> None:
    write(web, web.make_call())
    assert web.post(web.cast.mei, "/coaching/1/acknowledge").status_code == 404
    assert web.post(web.cast.bob, "/coaching/1/acknowledge").status_code == 403
    assert "Greet by name." not in web.get(web.cast.mei, "/coaching?which=all").text
    assert "Greet by name." not in web.get(web.cast.charlie, "/coaching?which=all").text


def test_an_agent_cannot_write_notes(web: Web) -> None:
    call = web.make_call()
    assert web.post(web.cast.dana, f"/calls/{call}/coaching", data={"text": "x"}).status_code == 403
    assert "Write to" not in web.get(web.cast.dana, f"/calls/{call}").text


@pytest.mark.parametrize(
    "said",
    [{"text": " "}, {"start": "early"}, {"start": "0:05"}, {"start": "0:09", "end": "0:05"}, {"item_id": "juggling"}],
)
def test_a_note_that_cannot_be_meant_is_refused(web: Web, said: dict[str, str]) -> None:
    assert write(web, web.make_call(), **said) == 422
    assert "Greet" not in web.get(web.cast.dana, "/coaching").text


def test_notes_are_followed_agent_by_agent(web: Web) -> None:
    write(web, web.make_call(note="1"))
    write(web, web.make_call(note="2", agent="mei"), text="Speak slower.")
    page = web.get(web.cast.bob, f"/coaching?agent={web.cast.mei.id}").text
    assert "Speak slower." in page
    assert "Greet by name." not in page
    # An agent who asks for another's notes gets their own.
    assert "Speak slower." not in web.get(web.cast.dana, f"/coaching?agent={web.cast.mei.id}").text


def new_note(web: Web, **said: object) -> str:
    """Where Bob is led after he has written a note."""
    answer = web.post(web.cast.bob, "/coaching", data=said)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def test_the_agent_is_told_of_a_held_note_once_the_result_is_released(web_everywhere: Web) -> None:
    web = web_everywhere
    call = web.make_call()
    submit(web, call, Verdict.FAIL)
    new_note(web, agent=web.cast.dana.id, heard="No name.", point_call=call, point_item="asks_name", point_from="",
             point_to="", point_kind="change")  # fmt: skip

    assert notices_of_notes(web) == []
    release(web, call)
    assert notices_of_notes(web) == notices_of_notes(web) == ["/coaching/1"]


def notices_of_notes(web: Web) -> list[str]:
    """What agents have been told of notes, after the worker has looked for such."""
    web.worker.sweep(web.app.state.services.queue)
    with db.session(web.engine, reads_only=True) as session:
        return [one.url for one in session.exec(select(Notice).where(Notice.kind == Kind.COACHING))]


def test_a_note_does_not_reach_the_agent_by_its_result_being_taken_back(web_everywhere: Web) -> None:
    web, bob = web_everywhere, web_everywhere.cast.bob
    call = web.make_call()
    submit(web, call, Verdict.FAIL)
    write(web, call)
    review = id_of(web.review_of(call))
    for take_back in (service.retract, service.reopen):
        with db.session(web.engine) as session:
            take_back(session, review, bob, actor(bob), "misheard")
        assert notices_of_notes(web) == []
        assert web.get(web.cast.dana, "/coaching/1").status_code == 404
    submit(web, call)
    release(web, call)
    assert notices_of_notes(web) == ["/coaching/1"]


def test_a_note_does_not_reach_the_agent_by_its_call_being_set_aside(web_everywhere: Web) -> None:
    web, bob = web_everywhere, web_everywhere.cast.bob
    call = web.make_call()
    write(web, call, item_id="uses_name")
    with db.session(web.engine) as session:
        set_aside(session, id_of(web.review_of(call)), Aside.TOO_SHORT, bob, actor(bob))
    assert notices_of_notes(web) == []
    assert web.get(web.cast.dana, "/coaching/1").status_code == 404


def test_a_note_tells_no_verdict_that_only_the_machine_has_given(web_everywhere: Web) -> None:
    web = web_everywhere
    # No plan has drawn this call: nobody is to review it.
    with_plans = web.worker.settings.model_copy(update={"queue": "sampled"})
    drawing = replace(web, worker=Worker(with_plans, web.engine, web.worker.blobs))
    call = drawing.make_call(("agent", "Yeah, what?"))
    write(web, call, item_id="standard_greeting")
    for reader in (web.cast.dana, web.cast.bob):
        page = web.get(reader, "/coaching/1").text
        assert "Greet by name." in page
        assert NOTED not in page


def test_an_agent_reads_no_verdict_in_a_note_but_that_of_the_result_they_may_read(web_everywhere: Web) -> None:
    web, bob, dana = web_everywhere, web_everywhere.cast.bob, web_everywhere.cast.dana
    call = web.make_call()
    web.decide_all(call, Verdict.FAIL)
    write(web, call, item_id="uses_name")
    submit(web, call, Verdict.PASS)
    release(web, call)
    assert NOTED in web.get(bob, "/coaching/1").text
    assert NOTED not in web.get(dana, "/coaching/1").text, "what was changed before it was released is no verdict"
    write(web, call, item_id="uses_name")
    assert NOTED in web.get(dana, "/coaching/2").text
    with db.session(web.engine) as session:
        service.reopen(session, id_of(web.review_of(call)), bob, actor(bob), "misheard")
    page = web.get(dana, "/coaching/2").text
    assert "Greet by name." in page
    assert NOTED not in page, "what was taken back is taken back here too"


def test_two_workers_tell_of_a_note_once(web_everywhere: Web) -> None:
    web = web_everywhere
    calls = [web.make_call(note=str(number)) for number in range(3)]
    for call in calls:
        submit(web, call)
        for _ in range(10):
            write(web, call)
    for call in calls:
        release(web, call)
    with ThreadPoolExecutor(4) as workers:
        list(workers.map(lambda _: coaching.tell_released(web.engine, clock.now()), range(4)))
    told = notices_of_notes(web)
    assert (len(told), len(set(told))) == (30, 30)


def test_a_failed_item_is_one_click_from_a_note_with_its_clips(web_everywhere: Web) -> None:
    web = web_everywhere
    calls = [web.make_call(note=str(number)) for number in range(4)]
    for call in calls:
        submit(web, call, Verdict.FAIL)
    page = web.get(web.cast.bob, "/coaching").text
    assert f'href="/coaching/new?agent={web.cast.dana.id}&amp;item=asks_name"' in page
    assert "Failed and not coached yet" in web.get(web.cast.bob, "/inbox").text
    form = web.get(web.cast.bob, f"/coaching/new?agent={web.cast.dana.id}&item=asks_name").text
    assert form.count('<option value="asks_name" selected>') == 3
    for call in calls:
        new_note(web, agent=web.cast.dana.id, heard="x", point_call=call, point_item="asks_name", point_from="",
                 point_to="", point_kind="change")  # fmt: skip
    assert f"agent={web.cast.dana.id}&amp;item=asks_name" not in web.get(web.cast.bob, "/coaching").text


def test_another_team_finds_nothing_of_it(web: Web) -> None:
    call = web.make_call()
    submit(web, call, Verdict.FAIL)
    where = new_note(web, agent=web.cast.dana.id, heard="Quietly said.", follow_up_on="2026-01-05")
    assert web.get(web.cast.charlie, where.split("?")[0]).status_code == 404
    assert (
        "asks_name"
        not in web.get(web.cast.charlie, "/coaching?which=all").text.split('id="uncoached"')[1].split("</section>")[0]
    )
    assert web.post(web.cast.charlie, "/coaching/1/done", data={"text": "Well."}).status_code == 404
    assert web.get(web.cast.charlie, f"/agents/{web.cast.dana.id}").status_code == 404
    assert web.get(web.cast.mei, f"/agents/{web.cast.dana.id}").status_code == 404
    # Nobody writes to the agents of another team.
    assert web.post(web.cast.charlie, "/coaching", data={"agent": web.cast.dana.id, "heard": "x"}).status_code == 422


def test_a_draft_is_seen_by_its_author_alone_and_then_sent(web: Web) -> None:
    where = new_note(web, agent=web.cast.dana.id, strength="Not said yet.", deed="draft")
    assert "/coaching/1/edit" in where
    for other in (web.cast.ada, web.cast.alice, web.cast.dana):
        assert web.get(other, "/coaching/1").status_code == 404
        assert "Not said yet." not in web.get(other, "/coaching?which=all").text
    assert "Not said yet." in web.get(web.cast.bob, "/coaching?which=drafts").text
    assert "Not said yet." in web.get(web.cast.bob, "/coaching/1/edit").text
    assert web.post(web.cast.alice, "/coaching/1/edit", data={"agent": web.cast.dana.id}).status_code == 404
    web.post(web.cast.bob, "/coaching/1/edit", data={"agent": web.cast.dana.id, "strength": "Said now."})
    assert "Said now." in web.get(web.cast.dana, "/coaching/1").text
    assert web.post(web.cast.bob, "/coaching/1/throw-away").status_code == 409


def test_a_note_is_followed_up_until_it_is_done(web: Web) -> None:
    new_note(
        web, agent=web.cast.dana.id, heard="Too fast.", occasion="spot", place="Desk 12", follow_up_on="2026-01-05"
    )
    overdue = web.get(web.cast.bob, "/coaching?which=overdue").text
    assert "Follow-up overdue" in overdue
    assert "Follow-ups overdue" in web.get(web.cast.bob, "/inbox").text
    assert "overdue" not in web.get(web.cast.dana, "/coaching/1").text
    later = {"text": "Better, not yet good.", "next_on": "2099-01-05"}
    assert web.post(web.cast.bob, "/coaching/1/follow-up", data={**later, "next_on": "2026-01-05"}).status_code == 422
    assert web.post(web.cast.bob, "/coaching/1/follow-up", data=later).status_code == 303
    assert "Desk 12" not in web.get(web.cast.bob, "/coaching?which=due").text
    assert web.post(web.cast.bob, "/coaching/1/done", data={"text": " "}).status_code == 422
    assert web.post(web.cast.dana, "/coaching/1/done", data={"text": "I say so."}).status_code == 403
    assert web.post(web.cast.bob, "/coaching/1/done", data={"text": "It is good now."}).status_code == 303
    page = web.get(web.cast.dana, "/coaching/1").text
    assert page.index("Better, not yet good.") < page.index("It is good now.")
    assert "Coaching that is done" in web.get(web.cast.dana, "/inbox").text
    assert web.post(web.cast.bob, "/coaching/1/done", data={"text": "Again."}).status_code == 409


def test_a_training_goes_to_each_of_them(web: Web) -> None:
    to = [web.cast.dana.id, web.cast.mei.id]
    new_note(web, agent=to, occasion="training", topic="Holds", advice="Come on Friday.", point_call="",
             point_item="asks_name", point_from="", point_to="", point_kind="change")  # fmt: skip
    with db.session(web.engine) as session:
        found = session.exec(select(CoachingNote)).all()
        assert [(one.agent_id, one.state) for one in found] == [(one, NoteState.OPEN) for one in to]
    assert "Come on Friday." in web.get(web.cast.mei, "/coaching").text


def test_templates_are_kept_by_who_leads_the_team(web: Web) -> None:
    said = {"title": "Our greeting", "team": web.cast.team_a.id, "advice": "At {time}: say the bank first."}
    assert web.post(web.cast.alice, "/coaching/templates", data=said).status_code == 403
    assert web.post(web.cast.bob, "/coaching/templates", data={**said, "team": ""}).status_code == 403
    assert web.post(web.cast.bob, "/coaching/templates", data=said).status_code == 303
    assert "Our greeting" in web.get(web.cast.alice, "/coaching/templates").text
    assert "Our greeting" not in web.get(web.cast.charlie, "/coaching/templates").text
    call = web.make_call()
    submit(web, call, Verdict.FAIL)
    form = web.get(web.cast.bob, f"/coaching/new?call={call}&at=65&template=1").text
    assert "At 1:05: say the bank first.</textarea>" in form


def test_the_page_of_an_agent_tells_them_only_what_was_released(web_everywhere: Web) -> None:
    web = web_everywhere
    one, other = web.make_call(note="1", customer_name="Grace"), web.make_call(note="2", customer_name="Hugo")
    for call in (one, other):
        submit(web, call, Verdict.FAIL)
    release(web, one)
    own, staff = (web.get(who, f"/agents/{web.cast.dana.id}").text for who in (web.cast.dana, web.cast.bob))
    assert ("Grace" in own, "Hugo" in own) == (True, False)
    assert ("Grace" in staff, "Hugo" in staff) == (True, True)
    counts = [set(re.findall(r"\b1/(\d)\b|\b(\d) of (\d)\b", page)) for page in (own, staff)]
    assert counts[0] != counts[1]
