"""A note about a call is written, read by its agent, and answered."""

import pytest

from tests.web.conftest import Web


def write(web: Web, call: int, **said: str) -> int:
    return web.post(web.cast.bob, f"/calls/{call}/coaching", data={"text": "Greet by name.", **said}).status_code


def test_a_note_from_the_page_of_a_call_is_acknowledged_with_an_answer(web: Web) -> None:
    call = web.make_call()
    assert write(web, call, item_id="uses_name", start="0:05", end="1:00") == 303
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
