"""How well two people in one channel are told apart: `bench/mono.py FOLDER [--kept FOLDER]`.

Every recording of the folder's truth.jsonl is mixed to one channel, heard and judged. Who said a word is known from the
truth's turns or, where it has none, from the louder of the two channels. With --kept, what the recogniser heard is kept
there and not heard again the next time.
"""

import argparse
import hashlib
import json
import pickle
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.audio.decoding import SAMPLE_RATE, Recording, decode
from app.domain.evidence import Verdict
from app.domain.scoring import score
from app.domain.transcript import Speaker, Transcript, Turn, Word
from app.scorecards.active import active_card
from app.settings import Settings
from app.transcription.engines import Engine, Phrase, load_engine
from app.transcription.hearing import hear

EDGES = (0.5, 0.65, 0.75, 0.85, 0.95, 1.01)
SYNONYMS = {"uses_surname": "uses_name", "no_banned_words": "polite"}
# Verdicts that agree with a label beside the one it names.
NOT_APPLICABLE = "na"
BY_PERSON = {"polite": {"pass", "unscored", "uncertain"}}
UNDECIDED = {Verdict.UNCERTAIN, Verdict.UNSCORED}


@dataclass(frozen=True)
class Judged:
    """A turn or a word: how sure its speaker was said to be, and whether it was the right one."""

    said: float
    right: bool


class KeptRecogniser:
    """A recogniser that keeps what it heard in a folder."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self._engine, self._folder = engine, folder
        self.name, self.version, self.hands, self.batch_size = engine.name, engine.version, engine.hands, 1
        folder.mkdir(parents=True, exist_ok=True)

    def transcribe(self, pieces: Sequence[NDArray[np.float32]], language: str) -> list[tuple[Phrase, ...]]:
        (samples,) = pieces
        return [self._kept(samples, language, lambda: self._engine.transcribe(pieces, language)[0])]

    def language_odds(self, samples: NDArray[np.float32]) -> Mapping[str, float]:
        kept: Mapping[str, float] = self._kept(samples, "", lambda: self._engine.language_odds(samples))
        return kept

    def _kept(self, samples: NDArray[np.float32], language: str, hear_it: Callable[[], Any]) -> Any:
        asked = f"{self.name} {self.version} {language} ".encode() + samples.tobytes()
        path = self._folder / f"{hashlib.sha256(asked).hexdigest()}.pickle"
        if not path.exists():
            path.write_bytes(pickle.dumps(hear_it()))
        return pickle.loads(path.read_bytes())


def main() -> None:
    """Print a line for each recording, how sure it was and how right, and how it was judged."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--kept", type=Path, help="where the recogniser's words are kept between runs")
    options = parser.parse_args()
    settings = Settings()
    engine = load_engine(settings)
    if options.kept:
        engine = KeptRecogniser(engine, options.kept)
    words: list[Judged] = []
    turns: list[Judged] = []
    verdicts: list[tuple[str, str, set[str], str, str]] = []
    for line in (options.folder / "truth.jsonl").read_text("utf-8").splitlines():
        call = json.loads(line)
        recorded = decode(options.folder / call["file"], settings)
        mixed = Recording(recorded.samples[:].mean(axis=0, keepdims=True, dtype=np.float32))
        transcript = hear(mixed, engine, settings, language=call.get("lang"))
        own_words, own_turns = spoken(transcript, call, recorded)
        words += own_words
        turns += own_turns
        print(
            f"{call['id']:24} {len(own_words):5} words, {right_share(own_words):.3f} right"
            f"  {len(own_turns):4} turns, {right_share(own_turns):.3f} right"
        )
        verdicts += judged(transcript, call)
    print(f"{'all':24} {len(words):5} words, {right_share(words):.3f} right", end="")
    print(f"  {len(turns):4} turns, {right_share(turns):.3f} right\n")
    print_calibration(words, turns)
    print_verdicts(verdicts)


def spoken(transcript: Transcript, call: dict[str, Any], recorded: Recording) -> tuple[list[Judged], list[Judged]]:
    """The words and the turns of the two people; a turn is right where more than half of its words are."""
    words: list[Judged] = []
    turns: list[Judged] = []
    for turn in transcript.turns:
        own = [true_speaker(word, call, recorded) == turn.speaker for word in people_said(turn, call)]
        words += [Judged(turn.speaker_confidence, right) for right in own]
        if own:
            turns.append(Judged(turn.speaker_confidence, sum(own) > len(own) / 2))
    return words, turns


def people_said(turn: Turn, call: dict[str, Any]) -> list[Word]:
    """The words of the turn, without those of the switch."""
    if turn.speaker == Speaker.SYSTEM:
        return []
    return [word for word in turn.words if not call.get("turns") or nearest_turn(word, call)["speaker"] != "system"]


def true_speaker(word: Word, call: dict[str, Any], recorded: Recording) -> Speaker:
    """Who really said the word."""
    if call.get("turns"):
        return Speaker(nearest_turn(word, call)["speaker"])
    first = int(word.start * SAMPLE_RATE)
    stretch = recorded.samples[:, first : max(int(word.end * SAMPLE_RATE), first + 1)]
    agent = 1 if call.get("agent_channel") == "right" else 0
    return Speaker.AGENT if int(np.argmax((stretch**2).mean(axis=1))) == agent else Speaker.CUSTOMER


def nearest_turn(word: Word, call: dict[str, Any]) -> dict[str, Any]:
    """The true turn that shares most time with the word."""
    nearest: dict[str, Any] = max(
        call["turns"], key=lambda said: min(word.end, said["end"]) - max(word.start, said["start"])
    )
    return nearest


def judged(transcript: Transcript, call: dict[str, Any]) -> list[tuple[str, str, set[str], str, str]]:
    """Call, item, accepted verdicts, verdict and reason of every item that the truth knows."""
    if not call.get("labels"):
        return []
    labels = {SYNONYMS.get(item, item): label for item, label in call["labels"].items()}
    # Who interrupts whom cannot be heard in one channel.
    labels["no_interruption"] = "uncertain"
    found = []
    for finding in score(active_card(None, transcript.language), transcript).findings:
        if finding.id not in labels:
            continue
        told = labels[finding.id]
        accepted = {
            "not_applicable" if one == NOT_APPLICABLE else one for one in ([told] if isinstance(told, str) else told)
        }
        if accepted == {"pass"}:
            accepted |= BY_PERSON.get(finding.id, set())
        if finding.verdict != Verdict.UNSCORED or finding.verdict not in accepted:
            found.append((call["id"], finding.id, accepted, finding.verdict.value, str(finding.reason)))
    return found


def right_share(judgements: Sequence[Judged]) -> float:
    return sum(one.right for one in judgements) / max(1, len(judgements))


def print_calibration(words: Sequence[Judged], turns: Sequence[Judged]) -> None:
    """How often the speaker was right, by how sure we said to be."""
    print("sure of the speaker   words  said  right     turns  said  right")
    for low, high in pairwise(EDGES):
        cells = []
        for kind in (words, turns):
            own = [one for one in kind if low <= one.said < high]
            said = sum(one.said for one in own) / max(1, len(own))
            cells.append(f"{len(own):6} {said:5.2f}  {right_share(own):5.2f}" if own else f"{0:6}")
        print(f"{low:.2f} to {min(high, 1.0):.2f}       {cells[0]:19}   {cells[1]}")


def print_verdicts(verdicts: Sequence[tuple[str, str, set[str], str, str]]) -> None:
    """How many items were decided and how rightly; every wrong verdict, fails first."""
    if not verdicts:
        return
    decided = [one for one in verdicts if one[3] not in UNDECIDED or one[3] in one[2]]
    wrong = [one for one in decided if one[3] not in one[2]]
    wrong_fails = [one for one in wrong if one[3] == Verdict.FAIL]
    true_fails = [one for one in verdicts if one[2] == {"fail"}]
    found = sum(one[3] == Verdict.FAIL for one in true_fails)
    print(
        f"\n{len(verdicts)} items: {len(decided) / len(verdicts):.3f} decided,"
        f" {1 - len(wrong) / len(decided):.3f} of them rightly;"
        f" wrong fails {len(wrong_fails)}; true fails found {found} of {len(true_fails)}"
    )
    for call, item, accepted, verdict, reason in sorted(wrong, key=lambda one: one[3] != Verdict.FAIL):
        print(f"  {call:20} {item:22} {verdict} for {'/'.join(sorted(accepted))}: {reason}")


if __name__ == "__main__":
    main()
