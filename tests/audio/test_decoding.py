"""Files become samples, and what cannot be read says why, without harm."""

import os
import stat
from pathlib import Path

import numpy as np
import pytest

from app.audio.decoding import (
    SAMPLE_RATE,
    DecodingTooCostly,
    NotAudio,
    RecordingEmpty,
    RecordingForbidden,
    RecordingIsFolder,
    RecordingMissing,
    RecordingSoundless,
    RecordingTooLong,
    RecordingTruncated,
    TooManyChannels,
    decode,
)
from app.settings import Settings
from tests.audio.sounds import noise, tone, written

SETTINGS = Settings()
TWO_SIDES = np.stack([tone(3, 440), tone(3, 700)])
FORMATS = [
    pytest.param("wav", "pcm_s16le", 8000, id="wav-pcm"),
    pytest.param("wav", "pcm_mulaw", 8000, id="wav-mu-law"),
    pytest.param("wav", "pcm_alaw", 8000, id="wav-a-law"),
    pytest.param("wav", "pcm_s24le", 44100, id="wav-extensible-24-bit"),
    pytest.param("mp3", "libmp3lame", 16000, id="mp3"),
    pytest.param("ogg", "libopus", 48000, id="ogg-opus"),
    pytest.param("flac", "flac", 8000, id="flac"),
    pytest.param("ipod", "aac", 16000, id="m4a"),
]


def loudest(samples: np.ndarray) -> float:
    """The frequency that is strongest, in Hz."""
    return float(np.abs(np.fft.rfft(samples)).argmax() * SAMPLE_RATE / len(samples))


@pytest.mark.parametrize(("container", "codec", "rate"), FORMATS)
def test_every_format_keeps_both_sides_apart_and_in_order(
    tmp_path: Path, container: str, codec: str, rate: int
) -> None:
    heard = decode(written(tmp_path / "call.bin", TWO_SIDES, container, codec, rate), SETTINGS)
    assert heard.channels == 2 and heard.duration == pytest.approx(3, abs=0.15)
    assert heard.samples[:].dtype == np.float32
    assert [loudest(side) for side in heard.samples] == pytest.approx([440, 700], abs=10)


@pytest.mark.parametrize("rate", [8000, 11025, 44100])
def test_any_rate_becomes_sixteen_kilohertz(tmp_path: Path, rate: int) -> None:
    heard = decode(written(tmp_path / "call.wav", TWO_SIDES[:1], "wav", "pcm_s16le", rate), SETTINGS)
    assert heard.channels == 1 and heard.duration == pytest.approx(3, abs=0.1)
    assert loudest(heard.samples[0]) == pytest.approx(440, abs=5)


def test_a_wrong_extension_does_not_matter(tmp_path: Path) -> None:
    file = written(tmp_path / "call.mp3", TWO_SIDES, "flac", "flac")
    assert decode(file, SETTINGS).channels == 2


def test_two_channels_with_the_same_sound_are_one(tmp_path: Path) -> None:
    same = np.stack([TWO_SIDES[0], TWO_SIDES[0]])
    assert decode(written(tmp_path / "call.wav", same, "wav", "pcm_s16le"), SETTINGS).channels == 1


def test_a_silent_side_is_still_a_side(tmp_path: Path) -> None:
    one_sided = np.stack([TWO_SIDES[0], np.zeros_like(TWO_SIDES[0])])
    assert decode(written(tmp_path / "call.wav", one_sided, "wav", "pcm_s16le"), SETTINGS).channels == 2


@pytest.mark.parametrize(
    ("name", "content"),
    [("text.wav", b"this is no recording" * 50), ("page.mp3", b"<html><body>404</body></html>"), ("x.flac", b"fLaC")],
)
def test_what_is_no_audio_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises((NotAudio, RecordingTruncated)):
        decode(tmp_path / name, SETTINGS)


def test_random_bytes_are_refused_and_harm_nobody(tmp_path: Path) -> None:
    chance = np.random.default_rng(3)
    for place in range(5):
        file = tmp_path / f"{place}.mp3"
        file.write_bytes(chance.bytes(20_000))
        with pytest.raises((NotAudio, RecordingTruncated, RecordingSoundless)):
            decode(file, SETTINGS)


def test_a_file_that_breaks_off_is_damaged(tmp_path: Path) -> None:
    for container, codec in (("wav", "pcm_mulaw"), ("flac", "flac"), ("ipod", "aac"), ("ogg", "libopus")):
        whole = written(tmp_path / "whole", TWO_SIDES.repeat(4, axis=1), container, codec, 48000)
        whole.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
        with pytest.raises(RecordingTruncated):
            decode(whole, SETTINGS)


def test_missing_empty_folder_and_forbidden_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "empty.wav").touch()
    with pytest.raises(RecordingEmpty):
        decode(tmp_path / "empty.wav", SETTINGS)
    with pytest.raises(RecordingMissing):
        decode(tmp_path / "nowhere.wav", SETTINGS)
    with pytest.raises(RecordingIsFolder):
        decode(tmp_path, SETTINGS)


def test_a_file_that_may_not_be_read_says_so(tmp_path: Path) -> None:
    file = written(tmp_path / "call.wav", TWO_SIDES, "wav", "pcm_s16le")
    file.chmod(0)
    if os.access(file, os.R_OK):
        # The superuser may read everything; a socket is what even root cannot open as a file.
        file.unlink()
        os.mkfifo(file)
        assert stat.S_ISFIFO(file.stat().st_mode)
        with pytest.raises(NotAudio):
            decode(file, SETTINGS)
    else:
        with pytest.raises(RecordingForbidden):
            decode(file, SETTINGS)


def test_a_recording_of_zero_seconds_has_no_sound(tmp_path: Path) -> None:
    file = written(tmp_path / "call.wav", TWO_SIDES, "wav", "pcm_s16le")
    head = file.read_bytes()
    data = head.index(b"data")
    file.write_bytes(head[: data + 4] + bytes(4))
    with pytest.raises(RecordingSoundless):
        decode(file, SETTINGS)


def test_a_recording_over_the_limit_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path / "call.wav", TWO_SIDES, "wav", "pcm_s16le")
    with pytest.raises(RecordingTooLong, match="CALLMARK_MAX_HOURS"):
        decode(file, Settings(max_hours=2 / 3600))


def test_twelve_hours_of_silence_in_a_small_file_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "long.wav"
    seconds, rate = 12 * 3600, 8000
    size = seconds * rate
    fields = b"".join(
        number.to_bytes(width, "little")
        for number, width in ((16, 4), (7, 2), (1, 2), (rate, 4), (rate, 4), (1, 2), (8, 2))
    )
    with file.open("wb") as sparse:
        sparse.write(b"RIFF" + (size + 36).to_bytes(4, "little") + b"WAVEfmt " + fields)
        sparse.write(b"data" + size.to_bytes(4, "little"))
        sparse.truncate(44 + size)
    with pytest.raises(RecordingTooLong):
        decode(file, SETTINGS)


def test_more_than_two_channels_are_refused(tmp_path: Path) -> None:
    six = np.stack([noise(1)] * 6)
    with pytest.raises(TooManyChannels):
        decode(written(tmp_path / "call.wav", six, "wav", "pcm_s16le"), SETTINGS)


def test_a_header_that_promises_what_is_not_there_allocates_nothing(tmp_path: Path) -> None:
    file = written(tmp_path / "call.wav", TWO_SIDES, "wav", "pcm_s16le")
    content = bytearray(file.read_bytes())
    place = content.index(b"data") + 4
    content[place : place + 4] = (0x70000000).to_bytes(4, "little")
    file.write_bytes(content)
    with pytest.raises(RecordingTruncated):
        decode(file, SETTINGS)


def test_a_decoder_that_wants_more_memory_than_it_may_have_is_stopped(tmp_path: Path) -> None:
    file = written(tmp_path / "call.wav", TWO_SIDES, "wav", "pcm_s16le")
    with pytest.raises(DecodingTooCostly, match="CALLMARK_DECODE_MEMORY_MB"):
        decode(file, Settings(decode_memory_mb=24))


def test_other_files_go_on_after_a_bad_one(tmp_path: Path) -> None:
    (tmp_path / "bad.wav").write_bytes(b"no")
    with pytest.raises(NotAudio):
        decode(tmp_path / "bad.wav", SETTINGS)
    assert decode(written(tmp_path / "good.wav", TWO_SIDES, "wav", "pcm_s16le"), SETTINGS).channels == 2
