"""SubRip and WebVTT: timed lines become turns; who speaks is read from their labels, or judged from the words."""

import html
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from app.domain.transcript import Speaker, Transcript, Turn
from app.transcription.alternation import change_odds, weighed
from app.transcription.speakers import FIRST_WORD, Said, agent_channel, agent_odds

CLOCK = r"(?:(\d+):)?(\d{1,2}):(\d{2})[.,](\d{1,3})"
TIMES = re.compile(rf"\s*{CLOCK}\s*-->\s*{CLOCK}(?:\s.*)?")
VOICE = re.compile(r"<v(?:\.[^\s<>]*)?\s+([^<>]+)>")
TAG = re.compile(r"</?[a-zA-Z0-9][^<>]*>")
LABEL = re.compile(r"\s*(?:[-–]\s*)?[\[(（【]?([^\W_][\w .・-]{0,23}?)[\])）】]?\s*[:：]\s*(?=\S)")

LABELS = {
    Speaker.AGENT: "agent|operator|representative|rep|advisor|adviser|csr|support|客服(?:人员|人員)?|坐席|座席|话务员"
    "|話務員|接线员|オペレーター|オペレータ|担当(?:者)?|係(?:員)?",
    Speaker.CUSTOMER: "customer|client|caller|user|客户|客戶|顾客|顧客|用户|用戶|来电者|來電者"
    "|お客様|お客さま|お客|カスタマー",
    Speaker.SYSTEM: "system|ivr|announcement|系统|系統|语音提示|語音提示|システム|自動音声|音声案内",
}
# The logarithm of the odds of a speaker who is named.
CERTAIN = {Speaker.AGENT: 20.0, Speaker.CUSTOMER: -20.0}
# Nobody says more in one breath, in letters; a longer line is none, and would take long to read.
LONGEST_CUE = 20_000
# Lines without labels are judged from their words alone, which leaves a doubt.
MOST_CERTAIN = 0.9


class NotSubtitles(ValueError):
    """No timed line was found."""


@dataclass(frozen=True)
class Cue:
    """One timed line; times in seconds; `label` is the name before the colon, or None; `whole` is text and label."""

    start: float
    end: float
    label: str | None
    text: str
    whole: str


def cues(text: str) -> tuple[Cue, ...]:
    """The timed lines of a SubRip or WebVTT text."""
    found: list[Cue] = []
    for number, block in enumerate(re.split(r"\n\s*\n", text.replace("\r\n", "\n").replace("\r", "\n")), start=1):
        lines = block.strip("\n").split("\n")
        at = next((place for place, line in enumerate(lines[:2]) if "-->" in line), None)
        if at is None:
            # What is neither a comment nor a cue is the part of a cue's text after an empty line, or nothing.
            continue
        times = TIMES.fullmatch(lines[at])
        if not times:
            raise NotSubtitles(f"the time in block {number} cannot be read: {lines[at].strip()[:60]!r}")
        start, end = _seconds(times.groups()[:4]), _seconds(times.groups()[4:])
        if end < start:
            raise NotSubtitles(f"block {number} ends before it begins")
        if len(block) > LONGEST_CUE:
            raise NotSubtitles(f"block {number} is longer than anything that is said in one go")
        found += _labelled(start, end, lines[at + 1 :])
    if not found:
        raise NotSubtitles("there is not a single timed line in it")
    return tuple(_names_only(found))


def transcript_of(lines: Sequence[Cue], language: str | None) -> Transcript:
    """The transcript of the lines; without a language, that of their writing."""
    code = language or _script("".join(line.text for line in lines))
    known = [_role(line.label) for line in lines]
    named = _judged_names(lines, known, code)
    shares = _judged_lines(lines, known, named, code)
    turns = []
    for line, role, name, share in zip(lines, known, named, shares, strict=True):
        speaker, certainty = role or name or (Speaker.AGENT if share >= 0.5 else Speaker.CUSTOMER), 1.0
        if role is None and name is None:
            certainty = round(min(MOST_CERTAIN, max(share, 1 - share)), 3)
        turns.append(
            Turn(speaker=speaker, start=line.start, end=line.end, text=line.text, speaker_confidence=certainty)
        )
    return Transcript(language=code, turns=tuple(turns))


def _seconds(clock: Sequence[str | None]) -> float:
    hours, minutes, seconds, fraction = clock
    return int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0) + float(f"0.{fraction}")


def _labelled(start: float, end: float, lines: Sequence[str]) -> list[Cue]:
    """The speakers of one cue: a line that begins with a label begins a new one; the time is shared by length."""
    parts: list[tuple[str | None, str, str]] = []
    for line in lines:
        voice = VOICE.search(line)
        plain = " ".join(html.unescape(TAG.sub("", line)).split())
        label = LABEL.match(plain)
        if voice:
            parts.append((voice[1].strip(), plain, plain))
        elif label:
            parts.append((label[1].strip(), plain[label.end() :], plain))
        elif parts:
            name, text, whole = parts[-1]
            parts[-1] = (name, f"{text} {plain}".strip(), f"{whole} {plain}".strip())
        elif plain:
            parts.append((None, plain, plain))
    parts = [part for part in parts if part[1]]
    total = sum(len(text) for _, text, _ in parts)
    found, at = [], start
    for name, text, whole in parts:
        until = at + (end - start) * len(text) / total
        found.append(Cue(round(at, 3), round(until, 3), name, text, whole))
        at = until
    return found


def _names_only(lines: Sequence[Cue]) -> list[Cue]:
    """The lines; what stands before a colon only once in the file is no name ("Listen: I want my money back")."""
    times = Counter(line.label for line in lines)
    return [
        line if _role(line.label) or times[line.label] > 1 else replace(line, label=None, text=line.whole)
        for line in lines
    ]


def _role(label: str | None) -> Speaker | None:
    if label is None:
        return None
    plain = re.sub(r"[\s\d.]+$", "", label.strip().lower())
    return next((role for role, names in LABELS.items() if re.fullmatch(names, plain)), None)


def _judged_names(lines: Sequence[Cue], known: Sequence[Speaker | None], code: str) -> list[Speaker | None]:
    """The roles of two unknown names, judged from all that each of them says; the other one is known by elimination."""
    names = list(dict.fromkeys(line.label for line, role in zip(lines, known, strict=True) if line.label and not role))
    roles: dict[str | None, Speaker] = {}
    taken = {role for role in known if role in (Speaker.AGENT, Speaker.CUSTOMER)}
    if len(names) == 1 and len(taken) == 1:
        roles[names[0]] = Speaker.CUSTOMER if taken == {Speaker.AGENT} else Speaker.AGENT
    elif len(names) == 2 and not taken:
        said = [[Said(line.start, line.text) for line in lines if line.label == name] for name in names]
        agent, _ = agent_channel(said, code)
        roles = {names[agent]: Speaker.AGENT, names[1 - agent]: Speaker.CUSTOMER}
    return [roles.get(line.label) for line in lines]


def _judged_lines(
    lines: Sequence[Cue], known: Sequence[Speaker | None], named: Sequence[Speaker | None], code: str
) -> list[float]:
    """How likely the agent says each line, from its words and from taking turns; known speakers are kept."""
    roles = [role or name for role, name in zip(known, named, strict=True)]
    odds = np.array(
        [
            agent_odds(line.text, code) if role is None else CERTAIN.get(role, 0.0)
            for line, role in zip(lines, roles, strict=True)
        ]
    )
    odds[0] += FIRST_WORD
    changes = np.array(
        [change_odds(after.start - before.end, before.text, after.text, code) for before, after in pairwise(lines)]
    )
    return [float(share) for share in weighed(odds, changes).agent]


def _script(text: str) -> str:
    """The language that is written like this."""
    if re.search(r"[\u3040-\u30ff]", text):
        return "ja"
    return "zh" if re.search(r"[\u4e00-\u9fff]", text) else "en"
