"""The report shows what was found, lets it be heard, and trusts nothing that a call or its name contains."""

import base64
import json
import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser

import numpy as np
import pytest

from app.audio.decoding import SAMPLE_RATE, Recording
from app.evaluations.files import Refused, evaluate_file
from app.reports.call_report import page, section
from app.settings import Settings

TURNS = [
    {"speaker": "agent", "start": 1.0, "end": 5.0, "text": "Good morning, Acme Bank. How can I help you?"},
    {"speaker": "customer", "start": 5.5, "end": 8.0, "text": "My card <b>is</b> lost & gone."},
    {"speaker": "agent", "start": 8.5, "end": 10.0, "text": "Please hold the line."},
    {"speaker": "agent", "start": 50.0, "end": 54.0, "text": "I have blocked the card."},
]
VOID = {"meta", "line", "rect", "path", "circle", "br", "img", "link", "input", "hr", "col", "area", "base", "source"}


class Page(HTMLParser):
    """What the tests ask of a page: its tags with attributes, its text, and that every tag is closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.open: list[str] = []
        self.misplaced: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.misplaced.append(tag)

    def handle_data(self, data):
        if not self.open or self.open[-1] not in ("style", "script"):
            self.text += data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture
def evaluated(tmp_path):
    """A scored call of these turns, as if it had been recorded on two channels."""

    def make(turns=TURNS, name="call.json", sound=True, **changes):
        call = {"language": "en", "turns": turns, "holds": [{"start": 10.0, "end": 50.0, "kind": "silence"}]} | changes
        (tmp_path / name).write_text(json.dumps(call), encoding="utf-8")
        result = evaluate_file(str(tmp_path / name), Settings(), None, lambda step, share: None)
        if not sound:
            return result
        # Noise, because no two stretches of it sound the same.
        noise = np.random.default_rng(7).normal(0, 0.1, (2, 56 * SAMPLE_RATE)).astype(np.float32)
        return replace(result, recording=Recording(noise))

    return make


@pytest.fixture
def report(evaluated) -> str:
    return page([section(evaluated(), 1)], [])


def test_every_item_stands_there_with_its_verdict_in_words(evaluated):
    result = evaluated()
    shown = Page(page([section(result, 1)], []))
    text = " ".join(shown.text.split())
    for item in result.scorecard.items:
        assert item.title["en"] in text
    for words in ("✓ Pass", "✕ Fail", "– N/A", "? Can't tell", "○ For a person"):
        assert words in text
    assert len(shown.all("details")) == len(result.scorecard.items)


def test_a_verdict_is_shown_with_its_quotation_speaker_and_time(report):
    text = " ".join(Page(report).text.split())
    assert re.search(r"0:0[234] Agent How can I help you\?", text)


def test_a_fail_says_where_was_searched_and_what_came_nearest(report):
    text = " ".join(Page(report).text.split())
    assert "Searched: the agent, 0:50–0:54, turn 4" in text
    assert re.search(r"Nearest miss, \d+% alike", text)


def test_evidence_can_be_heard_and_is_loaded_only_on_demand(report):
    sounds = Page(report).all("audio")
    assert sounds
    for sound in sounds:
        kind, _, content = sound["src"].partition(",")
        assert kind == "data:audio/mpeg;base64"
        assert len(base64.b64decode(content, validate=True)) > 500
        assert sound["preload"] == "none"
        assert "controls" in sound
        assert sound["aria-label"]


def test_the_same_sound_stands_there_once_and_is_linked_from_elsewhere(report):
    shown = Page(report)
    sources = [sound["src"] for sound in shown.all("audio")]
    assert len(sources) == len(set(sources))
    places = {attributes["id"] for _, attributes in shown.tags if "id" in attributes}
    links = [link["href"] for link in shown.all("a")]
    assert all(link.startswith("#") and link[1:] in places for link in links)


def test_no_place_of_the_page_bears_the_same_name_twice(evaluated):
    html = page([section(evaluated(name=f"{place}.json"), place) for place in (1, 2)], [])
    places = [attributes["id"] for _, attributes in Page(html).tags if "id" in attributes]
    assert len(places) == len(set(places))


def test_the_score_comes_with_its_range_pass_mark_and_what_scored_it(evaluated):
    result = evaluated()
    text = " ".join(Page(page([section(result, 1)], [])).text.split())
    assert f"{result.score.low:g}–{result.score.high:g}" in text
    assert "pass mark 85" in text
    assert result.scorecard.version.removeprefix("sha256:")[:12] in text
    assert "inbound-en" in text


def test_the_timeline_shows_turns_hold_and_pins(report):
    shown = Page(report)
    (picture,) = [one for one in shown.all("svg") if one.get("role") == "img" and "Timeline" in one["aria-label"]]
    assert "hold from 0:10 for 0:40, silence" in picture["aria-label"]
    bars = [one for one in shown.all("rect") if one.get("class") in ("agent", "customer")]
    assert len(bars) == len(TURNS)
    assert all(0 <= float(bar["x"].rstrip("%")) <= 100 for bar in bars)


def test_the_transcript_stands_there_with_its_hold_in_place(report):
    text = " ".join(Page(report).text.split())
    assert text.index("Please hold the line.") < text.index("Hold, 0:40 · silence") < text.rindex("I have blocked")


def test_markup_in_a_call_is_text(evaluated):
    evil = '</style></script><script>alert(1)</script><img src=x onerror="alert(1)">'
    turns = [
        *TURNS,
        {"speaker": "agent", "start": 55.0, "end": 55.9, "text": f"Is there anything else I can help with {evil}?"},
    ]
    result = replace(evaluated(turns=turns), file=f"/calls/{evil.replace('/', '∕')}.wav")
    html = page([section(result, 1)], [Refused(f"{evil}.wav", "not_audio", evil)])
    shown = Page(html)
    assert len(shown.all("script")) == 1
    assert not shown.all("img")
    assert "My card <b>is</b> lost & gone." in shown.text
    assert not any(name.startswith("on") for _, attributes in shown.tags for name in attributes)
    assert evil in unescape(shown.text)


def test_the_page_asks_nothing_of_any_network(report):
    shown = Page(report)
    for tag, attributes in shown.tags:
        for name in ("src", "href", "action", "data", "poster", "srcset"):
            value = attributes.get(name, "#")
            assert value.startswith(("#", "data:audio/")), (tag, name, value[:40])
    without_sounds = re.sub(r"data:audio/mpeg;base64,[A-Za-z0-9+/=]+", "", report)
    assert not re.search(r"https?:|//[a-z]|@import|url\((?!#)", without_sounds)
    (policy,) = [one["content"] for one in shown.all("meta") if one.get("http-equiv") == "Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy


def test_the_page_is_well_formed_and_says_its_languages(evaluated):
    turns = [{"speaker": "agent", "start": 0.0, "end": 4.0, "text": "您好，这里是客服中心，请问有什么可以帮您？"}]
    html = page([section(evaluated(), 1), section(evaluated(turns, "zh.json", language="zh", holds=[]), 2)], [])
    shown = Page(html)
    assert shown.misplaced == []
    assert shown.open == []
    assert shown.all("html") == [{"lang": "en"}]
    assert {one["lang"] for one in shown.all("blockquote")} >= {"en", "zh"}
    assert [len(shown.all(tag)) for tag in ("main", "h1", "article")] == [1, 1, 2]


def test_a_call_that_could_not_be_scored_is_named_with_its_reason(evaluated):
    refused = Refused("calls/broken.wav", "truncated", "The recording breaks off.")
    text = Page(page([section(evaluated(), 1)], [refused])).text
    assert "broken.wav" in text
    assert "The recording breaks off." in text


def test_a_bare_transcript_has_no_sound_and_no_timeline_but_all_the_rest(evaluated):
    turns = [{**turn, "start": None, "end": None} for turn in TURNS]
    shown = Page(page([section(evaluated(turns=turns, sound=False, holds=None), 1)], []))
    assert not shown.all("audio")
    assert "Timeline" not in str(shown.all("svg"))
    assert "Please hold the line." in shown.text


def test_the_report_of_eight_calls_stays_small(evaluated):
    html = page([section(evaluated(name=f"{place}.json"), place) for place in range(1, 9)], [])
    assert len(html) < 6_000_000
