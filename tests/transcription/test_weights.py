"""Which model is used, and what happens when it is missing or damaged."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from app.settings import Settings
from app.transcription.checkpoint import checkpoint
from app.transcription.engines import load_engine
from app.transcription.kept import CacheNotWritable, kept
from app.transcription.weights import (
    JOINED_SHA256,
    ModelMissing,
    ModelNotDownloaded,
    ModelUnknown,
    find_weights,
)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cache")
    find_weights(None, folder)
    return folder


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_packaged_weights_are_joined_and_are_the_genuine_ones(cache: Path) -> None:
    weights = find_weights(None, cache)
    assert weights.label == "base" and digest(weights.path / "model.bin") == JOINED_SHA256
    assert (weights.path / "config.json").is_file() and (weights.path / "tokenizer.json").is_file()


def test_a_joined_file_that_was_damaged_since_is_joined_again(cache: Path) -> None:
    model = find_weights(None, cache).path / "model.bin"
    with model.open("r+b") as file:
        file.seek(1_000_000)
        file.write(b"damage")
    assert digest(model) != JOINED_SHA256
    assert digest(find_weights(None, cache).path / "model.bin") == JOINED_SHA256


def test_a_whole_file_is_not_joined_a_second_time(cache: Path) -> None:
    model = find_weights(None, cache).path / "model.bin"
    before = model.stat().st_ino
    assert find_weights(None, cache).path.joinpath("model.bin").stat().st_ino == before


def test_two_processes_that_join_at_once_both_find_a_whole_file(tmp_path: Path) -> None:
    join = (
        "import sys; from pathlib import Path; from app.transcription.weights import find_weights;"
        "print(find_weights(None, Path(sys.argv[1])).path)"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", join, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    places = {Path(process.communicate()[0].strip()) for process in running}
    assert [process.returncode for process in running] == [0, 0]
    (place,) = places
    assert digest(place / "model.bin") == JOINED_SHA256
    assert not [left for left in place.iterdir() if left.name.startswith(".")]


def test_ones_own_folder_comes_before_the_packaged_model(cache: Path, tmp_path: Path) -> None:
    own = tmp_path / "my-model"
    own.symlink_to(find_weights(None, cache).path)
    assert find_weights(str(own), cache).path == own


@pytest.mark.parametrize("name", ["/nowhere/model", "./nowhere", "nowhere.pt"])
def test_a_model_that_is_not_there_is_named_with_what_to_do(name: str, tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="CALLMARK_MODEL"):
        find_weights(name, tmp_path)


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match=r"model\.bin"):
        find_weights(str(tmp_path), tmp_path)


def test_an_unknown_name_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ModelUnknown, match="large-v3"):
        find_weights("enormous", tmp_path)


def test_a_download_without_a_network_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    fetch = (
        "import sys; from pathlib import Path; from app.transcription.weights import find_weights, ModelNotDownloaded\n"
        "try: find_weights('tiny', Path(sys.argv[1]))\n"
        "except ModelNotDownloaded as error: print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", fetch, str(tmp_path)], capture_output=True, text=True, check=True, timeout=120
    )
    assert "CALLMARK_MODEL" in done.stdout and issubclass(ModelNotDownloaded, Exception)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    with pytest.raises(CacheNotWritable, match="could not be written"):
        find_weights(None, blocked / "cache")


def test_a_build_that_dies_leaves_no_half_file(tmp_path: Path) -> None:
    def dies(path: Path) -> None:
        path.write_text("half")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        kept(tmp_path / "whole", dies)
    assert list(tmp_path.iterdir()) == []


def test_a_checkpoint_file_is_not_for_faster_whisper(cache: Path, tmp_path: Path) -> None:
    checkpoint_file = tmp_path / "mine.pt"
    checkpoint_file.write_bytes(b"torch")
    with pytest.raises(ModelMissing, match="checkpoint"):
        load_engine(Settings(model=str(checkpoint_file), cache_dir=cache))


def test_the_conversion_for_openai_whisper_keeps_every_weight(cache: Path) -> None:
    import torch

    weights = find_weights(None, cache)
    converted = torch.load(checkpoint(weights), weights_only=True)
    assert converted["dims"]["n_audio_layer"] == 6 and converted["dims"]["n_vocab"] == 51865
    state = converted["model_state_dict"]
    assert state["decoder.token_embedding.weight"].shape == (51865, 512)
    assert sum(tensor.numel() for tensor in state.values()) > 70_000_000
