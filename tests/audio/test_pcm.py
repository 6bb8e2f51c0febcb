"""Sound is kept in two bytes a sample, and cut out of them as from an array."""

import os
from pathlib import Path

import numpy as np
import pytest

from app.audio.decoding import decode
from app.audio.levels import FRAME, levels
from app.audio.pcm import Pcm
from app.settings import Settings

CALL = Path(__file__).parents[2] / "fixtures" / "calls" / "en-good-card.wav"


@pytest.fixture
def pcm() -> Pcm:
    return Pcm(np.array([[0, 16384, -32768, 32767], [1, 2, 3, 4]], dtype=np.int16))


def test_a_stretch_of_all_channels_is_from_minus_one_to_one(pcm):
    assert pcm[:, 1:3].tolist() == [[0.5, -1.0], [2 / 32768, 3 / 32768]]
    assert pcm[:, 1:3].dtype == np.float32
    assert pcm.shape == (2, 4)


def test_a_channel_is_cut_as_the_whole_is(pcm):
    first, second = pcm
    assert (len(first), len(second)) == (4, 4)
    assert first[1:3].tolist() == [0.5, -1.0]
    assert np.array_equal(second[:], pcm[1, :])


def test_a_loudness_does_not_depend_on_where_it_is_cut():
    sound = np.random.default_rng(1).normal(0, 3000, 5000 * FRAME + 17).astype(np.int16)
    of_all = 10 * np.log10(np.mean((sound[: 5000 * FRAME].reshape(-1, FRAME) / 32768) ** 2, axis=1) + 1e-10)
    assert levels(Pcm(sound)) == pytest.approx(of_all, abs=1e-3)


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="only Linux has files that are in memory alone")
def test_no_sound_comes_on_a_disk(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    # What the decoder says about how it went is no sound.
    (tmp_path / "nowhere").mkdir()
    recording = decode(CALL, Settings())
    maps = Path("/proc/self/maps").read_text()
    assert "memfd:callmark" in maps
    assert str(tmp_path) not in maps
    assert recording.duration > 60
