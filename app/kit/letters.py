"""Finds names by their letters, upper and lower case being the same in every script, on both databases alike."""

from typing import Any

from sqlalchemy import ColumnElement, String, func
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Mapped
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

# What make_engine adds to SQLite, whose own lower() and LIKE know the case of ASCII letters alone.
LOWER = "lower_all"


class Lower(FunctionElement[str]):
    """A text in lower case."""

    type = String()
    inherit_cache = True


@compiles(Lower)
def _with_its_own(element: Lower, compiler: SQLCompiler, **told: Any) -> str:
    return f"lower({compiler.process(element.clauses, **told)})"


@compiles(Lower, "sqlite")
def _with_ours(element: Lower, compiler: SQLCompiler, **told: Any) -> str:
    return f"{LOWER}({compiler.process(element.clauses, **told)})"


def lowered(text: str | None) -> str | None:
    """A text in lower case, as SQLite is to have it."""
    return None if text is None else text.lower()


def same(name: Mapped[Any], word: str) -> ColumnElement[bool]:
    """Whether a name is this one."""
    return func.lower(name) == word.lower() if has_no_case(word) else Lower(name) == Lower(word)


def has(text: Mapped[Any], word: str) -> ColumnElement[bool]:
    """Whether a text has this word in it."""
    if has_no_case(word):
        return text.icontains(word, autoescape=True)
    escaped = word.replace("/", "//").replace("%", "/%").replace("_", "/_")
    return Lower(text).like(Lower(f"%{escaped}%"), escape="/")


def has_no_case(word: str) -> bool:
    """Whether no letter beyond ASCII has two cases: such a word SQLite finds by itself, several times as fast."""
    return all(one.isascii() or one.lower() == one.upper() for one in word)
