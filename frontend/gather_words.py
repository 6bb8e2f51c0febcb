"""Brings frontend/locales/*.po up to date with the words in code and templates: `make words`.

What is new stands there without a translation, what is gone goes, what was translated stays.
"""

import ast
import importlib
import pkgutil
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

import app
from app.calls.models import Direction
from app.domain.mending import MendRefused
from app.domain.transcript import HoldKind
from app.kit.errors import AppError

ROOT = Path(__file__).resolve().parents[1]
LOCALES = ROOT / "frontend" / "locales"
LANGUAGES = ("ja", "zh")
# `N_` marks words that are translated where they are shown, not where they are written.
KEYWORDS = {"_": None, "gettext": None, "N_": None, "ngettext": (1, 2)}
METHODS = [("**.py", "python"), ("**.html", "jinja2")]
OPTIONS = {"**.html": {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"}}


def gathered() -> list[str | tuple[str, str]]:
    """Every text a person may see, each once; those with a number as (one, many)."""
    found = dict.fromkeys(_marked())
    found.update(dict.fromkeys(_errors()))
    found.update(dict.fromkeys(_reasons()))
    found.update(dict.fromkeys(_heard()))
    return sorted(found, key=str)


def untranslated(language: str) -> list[str]:
    """The texts that have no translation yet."""
    known = {message.id: message for message in _read(language)}
    return [
        str(text)
        for text in gathered()
        if text not in known or not _is_translated(known[text].string) or known[text].fuzzy
    ]


def _is_translated(string: object) -> bool:
    return all(string) if isinstance(string, (tuple, list)) else bool(string)


def in_templates() -> set[str]:
    """The texts of templates, the ones with a number by their first form: each is formatted whenever it is shown."""
    found = extract_from_dir(ROOT / "frontend" / "templates", METHODS, OPTIONS, keywords=KEYWORDS)
    return {message[0] if isinstance(message, tuple) else message for _, _, message, _, _ in found}


def _marked() -> Iterator[str | tuple[str, str]]:
    for folder in (ROOT / "app", ROOT / "frontend" / "templates"):
        for _, _, message, _, _ in extract_from_dir(folder, METHODS, OPTIONS, keywords=KEYWORDS):
            yield tuple(message[:2]) if isinstance(message, tuple) else message


def _errors() -> Iterator[str]:
    """The messages of all errors: their docstrings."""
    for module in pkgutil.walk_packages(app.__path__, "app."):
        importlib.import_module(module.name)
    kinds: list[type[Exception]] = [AppError, MendRefused]
    while kinds:
        kind = kinds.pop()
        # Errors that somebody else makes of them are no words of ours.
        kinds += [one for one in kind.__subclasses__() if one.__module__.startswith("app.")]
        yield " ".join((kind.__doc__ or "").split())


def _reasons() -> Iterator[str]:
    """The sentences in which the core gives its reasons."""
    for path in (ROOT / "app" / "domain").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Reason":
                for word in node.keywords:
                    if word.arg == "template" and isinstance(word.value, ast.Constant):
                        yield word.value.value


def _heard() -> Iterator[str]:
    """What reasons name besides: what a customer heard while waiting, who called whom."""
    yield from (kind.value for kind in HoldKind)
    yield from (direction.value for direction in Direction)


def _read(language: str) -> Catalog:
    path = LOCALES / f"{language}.po"
    return read_po(BytesIO(path.read_bytes() if path.is_file() else b""), locale=language)


def _write(language: str) -> None:
    known = {message.id: message for message in _read(language)}
    # Without dates and places the file changes only where words do.
    fresh = Catalog(locale=language, project="Callmark", fuzzy=False)
    for text in gathered():
        fresh.add(text, known[text].string if text in known else "")
    with (LOCALES / f"{language}.po").open("wb") as file:
        write_po(file, fresh, omit_header=True, no_location=True, width=120)


if __name__ == "__main__":
    LOCALES.mkdir(exist_ok=True)
    for one in LANGUAGES:
        _write(one)
        left = untranslated(one)
        print(f"{one}: {len(left)} texts without a translation", file=sys.stderr)
