"""The pages of retention: what a period would remove is told first; a hold and an erasure are told where they matter."""

from datetime import timedelta

import numpy as np
from sqlmodel import Session

from app.audio.decoding import SAMPLE_RATE, Recording
from app.complaints.models import ComplaintCategory
from app.complaints.service import ComplaintFacts, record_complaint
from app.kit import clock, db
from app.kit.db import id_of
from app.ledger.service import Actor
from app.retention import aging, queries
from app.retention.models import SITE
from app.transcription.queries import current
from tests.web.conftest import Web

NAME = "Zebediah Quill"
FIND = "/admin/retention/erasures/find"
SOUND = Recording(np.full((2, 30 * SAMPLE_RATE), 0.25, dtype=np.float32))


def days_of(web: Web) -> tuple[int | None, int | None] | None:
    with db.session(web.engine, reads_only=True) as session:
        found = queries.policy(session, SITE)
        return (found.sound_days, found.words_days) if found else None


def grow_old(web: Web, days: int) -> None:
    aging.age(web.engine, web.worker.blobs, clock.now() + timedelta(days=days))


def test_a_period_that_removes_something_is_set_only_after_it_was_said_what(web: Web) -> None:
    ada, form = web.cast.ada, {"team": "0", "sound_days": "10", "words_days": ""}
    web.make_call(started_at=clock.now() - timedelta(days=40))

    asked = web.post(ada, "/admin/retention", data=form)
    assert (asked.status_code, days_of(web)) == (200, None)
    assert "the recording of 1 call" in asked.text
    # What is confirmed is what was shown, not whatever is typed then.
    web.post(ada, "/admin/retention", data={**form, "sound_days": "9", "confirmed": "0 10 -"})
    assert days_of(web) is None

    assert web.post(ada, "/admin/retention", data={**form, "confirmed": "0 10 -"}).status_code == 303
    assert days_of(web) == (10, None)
    assert "10 days" in web.get(ada, "/admin/retention").text
    assert web.post(ada, "/admin/retention", data={**form, "sound_days": "x"}).status_code == 422
    assert web.post(ada, "/admin/retention/remove", data={"team": "0"}).status_code == 303
    assert days_of(web) is None


def test_only_administrators_see_it(web: Web) -> None:
    for path in ("", "/holds", "/erasures"):
        assert web.get(web.cast.bob, f"/admin/retention{path}").status_code == 403
        assert web.get(web.cast.ada, f"/admin/retention{path}").status_code == 200


def test_the_page_of_an_aged_call_says_what_is_gone_and_shows_its_verdicts(web: Web) -> None:
    call = web.make_recorded_call(SOUND, customer_name=NAME, started_at=clock.now() - timedelta(days=1))
    web.submit(call)
    web.post(web.cast.ada, "/admin/retention", data={"team": "0", "sound_days": "10", "words_days": "20"})
    assert "<audio" in web.get(web.cast.bob, f"/calls/{call}").text

    grow_old(web, 15)
    page = web.get(web.cast.bob, f"/calls/{call}").text
    assert "<audio" not in page
    assert "10 days after the call, by the policy of the site" in page
    assert "how can I help you" in page
    assert web.get(web.cast.bob, f"/calls/{call}/audio").status_code == 410

    grow_old(web, 25)
    page = web.get(web.cast.bob, f"/calls/{call}").text
    assert "20 days after the call" in page
    assert "how can I help you" not in page
    assert NAME not in page
    assert "Asks for the customer" in page
    assert web.post(web.cast.bob, f"/calls/{call}/score").status_code == 410
    review = web.review_of(call).id
    assert web.get(web.cast.alice, f"/reviews/{review}").status_code == 200
    assert web.get(web.cast.bob, f"/calls/{call}/sheet").status_code == 200
    assert web.get(web.cast.alice, "/calls?words=help").status_code == 200


def test_a_hold_is_put_told_on_the_call_and_lifted(web: Web) -> None:
    ada, call = web.cast.ada, web.make_call()
    put = web.post(ada, "/admin/retention/holds", data={"calls": f"#{call}", "reason": "Case 17"})
    assert put.status_code == 303
    where = put.headers["location"].partition("?")[0]

    assert "on legal hold" in web.get(web.cast.bob, f"/calls/{call}").text
    assert web.post(ada, f"/calls/{call}/delete", data={"reason": "why"}).status_code == 409
    assert "Case 17" in web.get(ada, "/admin/retention/holds").text
    assert f"#{call}" in web.get(ada, where).text
    assert web.post(ada, f"{where}/lift", data={"reason": " "}).status_code == 422
    assert web.post(ada, f"{where}/lift", data={"reason": "settled"}).status_code == 303
    assert "settled" in web.get(ada, "/admin/retention/holds?which=lifted").text
    assert web.post(ada, f"/calls/{call}/delete", data={"reason": "why"}).status_code == 303
    nothing = web.post(ada, "/admin/retention/holds", data={"calls": "999", "reason": "Case 18"})
    assert (nothing.status_code, "Case 18" in nothing.text) == (422, True)


def test_what_would_be_erased_is_shown_and_what_is_ticked_is_asked_for(web: Web) -> None:
    ada = web.cast.ada
    call = web.make_call(customer_name=NAME)
    said = web.make_call(("agent", "Hello"), ("customer", f"I am {NAME}."), note="said")
    assert web.post(ada, "/admin/retention/erasures/find", data={}).status_code == 422

    found = web.post(ada, "/admin/retention/erasures/find", data={"name": NAME, "reference": "DSR-7"}).text
    assert f'value="call:{call}" checked' in found
    assert f'value="call:{said}">' in found

    asked = web.post(ada, "/admin/retention/erasures", data={"target": [f"call:{call}"], "reference": "DSR-7"})
    assert asked.status_code == 303
    page = web.get(ada, asked.headers["location"]).text
    assert "0 of 1" in page
    assert NAME not in page
    assert web.post(ada, "/admin/retention/erasures", data={"target": ["call:999"]}).status_code == 422
    assert web.post(ada, "/admin/retention/erasures", data={"target": ["nonsense"]}).status_code == 422
    with db.session(web.engine, reads_only=True) as session:
        assert _said(session, call)


def test_a_complaint_about_a_held_call_is_shown_as_held_and_cannot_be_ticked(web: Web) -> None:
    ada, call = web.cast.ada, web.make_call(customer_name=NAME)
    with db.session(web.engine) as session:
        facts = ComplaintFacts(call_id=call, received_at=clock.now(), category=ComplaintCategory.OTHER, text="Why?")
        complaint = id_of(record_complaint(session, ada, facts, Actor("Ada", clock.now(), ada.id))[0])
    find = {"name": NAME}
    assert f'value="complaint:{complaint}" checked' in web.post(ada, FIND, data=find).text

    web.post(ada, "/admin/retention/holds", data={"calls": f"#{call}", "reason": "Case 17"})
    assert f'value="complaint:{complaint}" disabled' in web.post(ada, FIND, data=find).text
    asked = web.post(ada, "/admin/retention/erasures", data={"target": [f"complaint:{complaint}"]})
    assert asked.status_code == 409


def _said(session: Session, call: int) -> bool:
    found = current(session, call)
    return found is not None and bool(found.transcript.turns)
