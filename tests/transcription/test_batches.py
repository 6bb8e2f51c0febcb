"""How many passages are heard at once follows the device, its memory and what the recogniser makes of them."""

import subprocess

import numpy as np
import pytest

from app.kit.cores import cores
from app.transcription import gpu
from app.transcription.engines.faster_whisper import FasterWhisper
from app.transcription.gpu import pieces_at_once

RATE = 16_000


@pytest.fixture(scope="module")
def recogniser(settings_for) -> FasterWhisper:
    return FasterWhisper(settings_for())


def written(phrases) -> str:
    return "".join(word.text for phrase in phrases for word in phrase.words).strip().lower()


def test_passages_heard_in_step_are_told_apart_each_with_times_of_its_own(recogniser, recording_of):
    call = recording_of("en-good-card").samples
    pieces = [call[0, : 5 * RATE], call[0, : 9 * RATE], call[1, 5 * RATE : 15 * RATE]]
    together = recogniser.transcribe(pieces, "en")
    assert "how can i help" in written(together[0]) and "how can i help" in written(together[1])
    assert "declined" in written(together[2])
    for piece, phrases in zip(pieces, together, strict=True):
        words = [word for phrase in phrases for word in phrase.words]
        assert all(0 <= word.start <= word.end <= len(piece) / RATE + 0.1 for word in words)


def test_what_was_heard_poorly_in_step_is_heard_again_by_itself(recogniser, recording_of, monkeypatch):
    piece = recording_of("en-good-card").samples[0, : 5 * RATE]
    asked = []
    carefully = FasterWhisper._carefully

    def watched(self, samples, language):
        asked.append(len(samples))
        return carefully(self, samples, language)

    monkeypatch.setattr(FasterWhisper, "_carefully", watched)
    assert "how can i help" in written(recogniser.transcribe([piece], "en")[0])
    assert asked == []
    # Nothing is as certain as this asks for.
    monkeypatch.setattr("app.transcription.engines.faster_whisper.LEAST_CERTAINTY", 0.0)
    assert "how can i help" in written(recogniser.transcribe([piece], "en")[0])
    assert asked == [len(piece)]


def test_a_gpu_without_room_is_given_half_as_many_from_then_on(settings_for, recording_of, monkeypatch):
    small = FasterWhisper(settings_for(batch_size=4))
    piece = recording_of("en-good-card").samples[0, : 5 * RATE]
    asked = []
    in_step = FasterWhisper._in_step

    def with_room_for_one(self, pieces, language):
        asked.append(len(pieces))
        if len(pieces) > 1:
            raise RuntimeError("CUDA failed with error out of memory")
        return in_step(self, pieces, language)

    monkeypatch.setattr(FasterWhisper, "_in_step", with_room_for_one)
    found = small.transcribe([piece] * 4, "en")
    assert ["how can i help" in written(each) for each in found] == [True] * 4
    assert asked == [4, 2, 1, 1, 2, 1, 1]
    assert small.batch_size == 1


def test_another_fault_of_the_recogniser_is_not_taken_for_a_want_of_room(recogniser, monkeypatch):
    def broken(self, pieces, language):
        raise RuntimeError("cuDNN is not there")

    monkeypatch.setattr(FasterWhisper, "_in_step", broken)
    with pytest.raises(RuntimeError, match="cuDNN"):
        recogniser.transcribe([np.zeros(RATE, np.float32)] * 2, "en")


@pytest.mark.parametrize(
    ("told", "megabytes", "pieces"),
    [("80000\n", 145, 32), ("6000\n", 1600, 12), ("400\n", 1600, 1), ("", 145, 8), ("[N/A]\n", 145, 8)],
)
def test_the_batch_on_a_gpu_follows_its_free_memory_and_the_size_of_the_model(
    tmp_path, monkeypatch, told, megabytes, pieces
):
    driver = tmp_path / "nvidia-smi"
    driver.write_text(f"#!/bin/sh\nprintf '{told}'\n")
    driver.chmod(0o755)
    monkeypatch.setattr(gpu, "NVIDIA_SMI", (str(driver),))
    with (tmp_path / "model.bin").open("wb") as weights:
        weights.truncate(megabytes * 1_000_000)
    assert pieces_at_once(tmp_path) == pieces


def test_without_a_driver_nobody_knows_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(gpu, "NVIDIA_SMI", (str(tmp_path / "nothing"),))
    (tmp_path / "model.bin").touch()
    assert pieces_at_once(tmp_path) == 8


def test_a_recogniser_takes_the_cores_that_there_are_unless_it_is_told(settings_for):
    assert FasterWhisper(settings_for()).hands == cores()
    assert FasterWhisper(settings_for(recogniser_threads=1)).hands == 1


@pytest.mark.parametrize(
    ("quota", "found"), [("100000 100000\n", 1), ("50000 100000\n", 1), ("max 100000\n", None), ("", None)]
)
def test_a_container_with_a_limit_has_fewer_cores(tmp_path, quota, found):
    file = tmp_path / "cpu.max"
    file.write_text(quota)
    all_of_them = int(subprocess.run(["nproc"], capture_output=True, text=True, check=True).stdout)
    assert cores(file) == (found or all_of_them)
