"""Wherever a transcript comes from, it keeps the same promises: every recogniser, on real speech, and the import."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from app.domain.transcript import Speaker, Transcript
from app.transcription.hearing import hear
from app.transcription.imported import imported

CALL = "en-good-card"


@pytest.fixture(scope="module", params=["faster-whisper", "openai-whisper", "endpoint", "import"])
def transcript(request, truth, recording_of, engine_called, settings_for, tmp_path_factory) -> Transcript:
    if request.param != "import":
        return hear(recording_of(CALL), engine_called(request.param), settings_for(request.param))
    call = truth[CALL]
    body = {"id": CALL, "language": call["lang"], "turns": call["turns"]}
    body["holds"] = [{key: hold[key] for key in ("start", "end", "kind")} for hold in call["holds"]]
    path: Path = tmp_path_factory.mktemp("import") / "call.json"
    path.write_text(json.dumps(body), encoding="utf-8")
    return imported(path)


def test_the_language_is_known(transcript):
    assert transcript.language == "en"


def test_the_agents_greeting_is_complete_and_comes_first(transcript):
    first = transcript.turns[0]
    assert first.speaker == Speaker.AGENT
    assert "good afternoon" in first.text.lower()
    assert "how can i help" in first.text.lower()


def test_the_agents_last_words_are_complete(transcript):
    said = " ".join(turn.text.lower() for _, turn in transcript.by(Speaker.AGENT))
    assert "anything else" in said
    assert "thank you for calling" in said
    assert said.rstrip(".!").endswith("afternoon")


def test_each_side_says_its_own_words_once(transcript):
    agent = " ".join(turn.text.lower() for _, turn in transcript.by(Speaker.AGENT))
    customer = " ".join(turn.text.lower() for _, turn in transcript.by(Speaker.CUSTOMER))
    assert "declined" in customer and "declined" not in agent
    assert agent.count("how can i help") == 1


def test_turns_lie_in_order_within_the_recording(transcript, recording_of):
    starts = [turn.start for turn in transcript.turns]
    assert transcript.timed
    assert starts == sorted(starts)
    assert all(0 <= turn.start <= turn.end <= recording_of(CALL).duration for turn in transcript.turns)


def test_words_are_where_they_were_said(transcript, truth):
    """Nine of ten within a fifth of a second is what the recogniser gives; a turn must never be a second off."""
    closing = next(turn for turn in truth[CALL]["turns"] if "anything else" in turn["text"])
    heard = next(turn for turn in transcript.turns if "anything else" in turn.text.lower())
    assert heard.start == pytest.approx(closing["start"], abs=0.6)
    assert heard.end == pytest.approx(closing["end"], abs=0.6)


def test_the_one_wait_is_known(transcript):
    (hold,) = transcript.holds
    assert hold.start == pytest.approx(30.3, abs=1)
    assert hold.end == pytest.approx(54.3, abs=1)


def test_a_transcript_survives_being_written_and_read(transcript, tmp_path):
    path = tmp_path / "again.json"
    path.write_text(transcript.model_dump_json(), encoding="utf-8")
    assert imported(path) == transcript


@pytest.mark.parametrize("name", ["faster-whisper", "openai-whisper", "endpoint"])
class TestRecogniser:
    def test_it_names_itself_and_its_model(self, engine_called, name):
        assert engine_called(name).name.startswith(f"{name} base")
        assert engine_called(name).version

    def test_words_carry_time_and_confidence(self, engine_called, recording_of, name):
        samples = recording_of(CALL).samples[0][: 5 * 16_000]
        words = [word for phrase in engine_called(name).transcribe([samples], "en")[0] for word in phrase.words]
        assert len(words) > 10
        assert all(0 <= word.start <= word.end <= 5.5 for word in words)
        assert all(0 < word.confidence <= 1 for word in words)

    @pytest.mark.parametrize(("call", "code"), [(CALL, "en"), ("zh-good-fridge", "zh"), ("ja-water-bill", "ja")])
    def test_it_tells_the_languages_apart(self, engine_called, recording_of, name, call, code):
        odds = engine_called(name).language_odds(recording_of(call).samples[0][: 20 * 16_000])
        assert max(odds, key=odds.get) == code


def test_a_worker_that_ends_at_once_leaves_nothing_of_the_recogniser_behind_and_no_warning() -> None:
    """A worker ends without clearing up, and what it had of the system would be told on the screen."""
    ends = (
        "import multiprocessing, os\n"
        "multiprocessing.set_start_method('spawn')  # as a worker is begun\n"
        "from app.transcription.engines.faster_whisper import transcribe\n"
        "transcribe.tqdm(total=1, disable=True)\n"
        "os._exit(0)\n"
    )
    done = subprocess.run([sys.executable, "-c", ends], capture_output=True, text=True, timeout=120, check=True)
    assert done.stderr == ""
