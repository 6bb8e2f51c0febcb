"""A folder of scorecards of a call centre's own, as its supervisors keep it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.scorecards.active import judge_by

CARD = """\
id: {id}
title: {{en: Own}}
language: {language}
pass_mark: {pass_mark}
sections: [{{id: opening, title: {{en: Opening}}}}]
sets:
  greeting: {{phrases: [hello]}}
items:
  - id: greets
    section: opening
    title: {{en: Greets}}
    points: 100
    rule: {{say: {{by: agent, set: greeting}}}}
    guidance: {{en: Say hello.}}
    examples:
      passes: [{{call: ["0-4 agent: Hello."]}}]
      fails: [{{call: ["0-4 agent: What?"]}}]
"""


def card(pass_mark: int = 85, language: str = "en", id: str = "own") -> str:
    """A small card; another pass mark makes it another version."""
    return CARD.format(pass_mark=pass_mark, language=language, id=id)


BROKEN = card().replace("by: agent", "bye: agent")
NO_YAML = "id: [own\n"


@contextmanager
def own_cards(folder: Path) -> Iterator[Path]:
    """While this lasts, calls are judged by the cards in this folder."""
    folder.mkdir(exist_ok=True)
    judge_by(folder)
    try:
        yield folder
    finally:
        judge_by(None)
