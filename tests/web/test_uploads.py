"""What is known of recordings when they come in: by their names, by a list, and large ones piece by piece."""

import json
from typing import Any

import pytest
from httpx import Response

from app.accounts.models import User
from app.calls.models import Call
from app.kit import db
from tests.web.conftest import Web, turns

SCRIPT = {"accept": "application/json"}
PATTERN = "{started_at:%Y%m%d-%H%M%S}_{agent}_{external_id}"
LIST = "file,agent,customer_name,started_at\r\na.json,mei,李娜,2026/10/2 8:05\r\ngone.json,dana,,\r\n"


def as_file(name: str, note: str = "") -> tuple[str, tuple[str, bytes]]:
    return "files", (name, json.dumps({"id": note, "language": "en", "turns": turns()}).encode())


def as_list(content: str | bytes) -> tuple[str, tuple[str, bytes]]:
    return "manifest", ("list.csv", content.encode() if isinstance(content, str) else content)


def call(web: Web, call_id: int) -> Call:
    with db.session(web.engine, reads_only=True) as session:
        return session.get_one(Call, call_id)


def read(web: Web, names: list[str], *files: Any, user: User | None = None, **fields: str) -> dict[str, Any]:
    """What the page is told of these names before anything is sent."""
    sent = [("names", ("names.json", json.dumps(names).encode())), *files]
    answer = web.post(user or web.cast.alice, "/calls/names", files=sent, data=fields, headers=SCRIPT)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def facts(told: dict[str, Any], place: int = 0) -> dict[str, str]:
    return {fact["label"]: fact["value"] + ("*" if fact["is_new"] else "") for fact in told["files"][place]["facts"]}


def test_what_a_name_says_is_told_before_it_is_sent(web: Web) -> None:
    told = read(web, ["20261001-093000_dana_C-17.wav", "other.wav"], pattern=PATTERN)
    assert facts(told) == {"External id": "C-17", "Agent": "dana", "Started": "2026-10-01 09:30"}
    assert told["files"][1] == {
        "name": "other.wav",
        "facts": [],
        "line": 0,
        "fault": "The name is not as the pattern says.",
    }


def test_an_agent_whom_nobody_knows_yet_is_pointed_out(web: Web) -> None:
    told = read(web, ["20261001-093000_dnaa_C-17.wav"], pattern=PATTERN)
    assert facts(told)["Agent"] == "dnaa*"


def test_a_pattern_that_cannot_be_meant_is_refused_with_the_reason(web: Web) -> None:
    sent = [("names", ("names.json", b'["a.wav"]'))]
    answer = web.post(web.cast.alice, "/calls/names", files=sent, data={"pattern": "{agnet}"}, headers=SCRIPT)
    assert (answer.status_code, "every {" in answer.json()["detail"]) == (422, True)


def test_what_the_name_says_wins_over_the_form_and_the_row_over_both(web: Web) -> None:
    form = {"agent": "dana", "queue": "cards", "team": "Team A", "pattern": "{external_id}"}
    web.post(web.cast.alice, "/calls", files=[as_file("a.json"), as_list(LIST)], data=form)
    found = call(web, 1)
    assert (found.external_id, found.agent_id, found.queue) == ("a", web.cast.mei.id, "cards")
    assert found.customer_name == "李娜"
    # Eight in the morning on the clock of team A.
    assert found.started_at.isoformat() == "2026-10-02T00:05:00+00:00"


def test_rows_and_files_that_do_not_find_each_other_are_told(web: Web) -> None:
    told = read(web, ["a.json", "b.json"], as_list(LIST + ",mei,,\r\n"))
    assert [one["line"] for one in told["files"]] == [2, 0]
    assert told["notes"] == [
        "Line 4 of the list: This row names no file.",
        "Line 3 of the list: no recording “gone.json” is among those chosen.",
    ]


@pytest.mark.parametrize(
    ("column", "cell", "told"),
    [
        ("started_at", "10/1/2026 9:30", "Give day and time"),
        ("started_at", "0001-01-01", "Give day and time"),
        ("language", "fr", "The language is en, zh or ja."),
        ("direction", "sideways", "The direction is inbound or outbound."),
        ("agent_channel", "middle", "left or right"),
        ("ended_by", "nobody", "agent or customer"),
        ("customer_name", "x" * 101, "too long"),
    ],
)
def test_a_cell_that_cannot_be_used_stops_its_file_and_no_other(web: Web, column: str, cell: str, told: str) -> None:
    rows = as_list(f"file,{column}\na.json,{cell}\nb.json,\n")
    fault = read(web, ["a.json"], rows)["files"][0]
    assert (fault["line"], told in fault["fault"]) == (2, True)
    answer = web.post(web.cast.alice, "/calls", files=[as_file("a.json", "1"), as_file("b.json", "2"), rows])
    assert answer.status_code == 422
    assert told in answer.text
    assert call(web, 1).file_name == "b.json"


def test_without_script_files_and_list_come_in_one_form(web: Web) -> None:
    files = [as_file("a.json", "1"), as_file("b.json", "2")]
    whole = "file,agent\na.json,mei\nb.json,dana\n"
    answer = web.post(web.cast.alice, "/calls", files=[*files, as_list(whole)])
    assert answer.headers["location"] == "/calls?notice=added"
    assert [call(web, one).agent_id for one in (1, 2)] == [web.cast.mei.id, web.cast.dana.id]
    page = web.post(web.cast.alice, "/calls", files=[as_file("a.json", "1"), as_list(LIST)])
    assert "no recording “gone.json” is among those chosen" in page.text


def test_a_list_that_cannot_be_read_keeps_everything_out_and_says_why(web: Web) -> None:
    for content in (b"name\na.json\n", b"\x00\x01", b"file,agnet\na.json,x\n"):
        answer = web.post(web.cast.alice, "/calls", files=[as_file("a.json"), as_list(content)])
        assert answer.status_code == 422
        assert "The list" in answer.text or "list is no CSV" in answer.text
    with db.session(web.engine, reads_only=True) as session:
        assert session.get(Call, 1) is None


def test_the_list_to_fill_in_is_one_that_can_be_read(web: Web) -> None:
    answer = web.get(web.cast.alice, "/calls/list.csv")
    assert "attachment" in answer.headers["content-disposition"]
    assert facts(read(web, ["20261001-093000_nina_C-17.wav"], as_list(answer.content)))["Customer"] == "Grace Okafor"
    assert web.get(web.cast.dana, "/calls/list.csv").status_code == 403


WHOLE = json.dumps({"language": "en", "turns": turns()}).encode()
SELF = {"name": "large.json", "size": str(len(WHOLE)), "modified": "1790000000000"}


def piece(web: Web, user: User, start: int, end: int, **other: str) -> Response:
    fields = {**SELF, "offset": str(start), **other}
    return web.post(user, "/uploads", files=[("piece", ("blob", WHOLE[start:end]))], data=fields, headers=SCRIPT)


def came(web: Web, user: User) -> int:
    return int(web.get(user, "/uploads", params=SELF).json()["came"])


def added(web: Web, user: User) -> dict[str, Any]:
    answer = web.post(user, "/calls", data=SELF, headers=SCRIPT)
    found: dict[str, Any] = answer.json()["files"][0]
    return found


def test_a_large_file_goes_on_where_it_broke_off(web: Web) -> None:
    alice = web.cast.alice
    assert piece(web, alice, 0, 100).json() == {"came": 100}
    # The page was opened anew, and the same file chosen again.
    assert came(web, alice) == 100
    assert added(web, alice)["again"] is True
    assert piece(web, alice, 100, len(WHOLE)).json() == {"came": len(WHOLE)}
    assert (added(web, alice)["url"], call(web, 1).size_bytes) == ("/calls/1", len(WHOLE))
    web.worker.transcribe(1, 1)


def test_what_is_sent_again_because_the_answer_was_lost_makes_no_second_call(web: Web) -> None:
    alice = web.cast.alice
    piece(web, alice, 0, len(WHOLE))
    assert added(web, alice)["is_new"] is True
    assert came(web, alice) == len(WHOLE)
    assert added(web, alice) == {"name": "large.json", "url": "/calls/1", "is_new": False, "error": "", "again": False}


def test_a_piece_counts_only_where_the_last_one_ended(web: Web) -> None:
    alice = web.cast.alice
    assert piece(web, alice, 100, 200).status_code == 409
    piece(web, alice, 0, 100)
    assert piece(web, alice, 0, 100).status_code == 409
    assert piece(web, alice, 100, 100).status_code == 409
    assert piece(web, alice, 100, 200, size="150").status_code == 409
    assert came(web, alice) == 100


def test_what_one_person_sends_is_not_mixed_with_what_another_sends(web: Web) -> None:
    piece(web, web.cast.alice, 0, 100)
    assert came(web, web.cast.bob) == 0
    assert added(web, web.cast.bob)["again"] is True


def test_what_makes_no_sense_is_refused(strict_web: Web) -> None:
    alice = strict_web.cast.alice
    assert piece(strict_web, alice, 0, 100, size=str(2 << 20)).status_code == 413
    assert piece(strict_web, alice, 0, 100, offset="-1").status_code == 422
    assert piece(strict_web, alice, 0, 100, name="").status_code == 422
    assert piece(strict_web, strict_web.cast.dana, 0, 100).status_code == 403
