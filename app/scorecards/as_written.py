"""What is taken from a shipped scorecard into another one: as it is written, so that it keeps its layout."""

import json
import re
import textwrap
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import yaml

from app.domain.scorecard import Scorecard
from app.kit.shipped import shipped
from app.scorecards.headings import KINDS
from app.scorecards.lines import Step, at
from app.scorecards.loader import SafeLoader

# The words of a set by the key they stand under: phrases, patterns, exclude.
Words = Mapping[str, tuple[str, ...]]


def quoted(text: str) -> str:
    """A text in quotes; YAML reads it as JSON does."""
    return json.dumps(text, ensure_ascii=False)


class AsWritten:
    """A shipped scorecard as it is written, so that rules, words and examples keep their layout."""

    def __init__(self, card: Scorecard) -> None:
        self.card = card
        text = (shipped("scorecards") / f"{card.id}.yaml").read_text("utf-8")
        self._lines = text.splitlines()
        self._node = yaml.compose(text, Loader=SafeLoader)
        self._places = {item.id: place for place, item in enumerate(card.items)}

    def of_item(self, name: str, key: str, indent: int) -> list[str]:
        """What an item has under a key, or nothing."""
        return self._written(("items", self._places[name], key), key, indent)

    def words(self, needed: Collection[str], edited: Mapping[str, Words]) -> Iterator[str]:
        """These word sets, and the fragments that they need; `edited` are the words that stand in a form instead."""
        if not needed:
            return
        held = [getattr(self.card.sets[name], key) for name in needed for key in ("patterns", "exclude")]
        held += [edited.get(name, {}).get(key, ()) for name in needed for key in ("patterns", "exclude")]
        fragments = self._fragments(text for texts in held for text in texts)
        if fragments:
            yield from ("", "fragments:")
            for name in fragments:
                yield from self._written(("fragments", name), name, 2)
        yield from ("", "sets:")
        for name in (one for one in self.card.sets if one in needed):
            yield from self._word_set(name, edited.get(name))

    def _word_set(self, name: str, edited: Words | None) -> Iterator[str]:
        """A word set as it is shipped, or with the words that its sheet holds now."""
        held = self.card.sets[name]
        shipped_words = {key: texts for key in KINDS if (texts := getattr(held, key))}
        if edited is None or edited == shipped_words or not (edited.get("phrases") or edited.get("patterns")):
            yield from self._written(("sets", name), name, 2)
            return
        yield f"  # With the words of the form, which are not those of {self.card.id}."
        yield f"  {name}:"
        for key in (one for one in type(held).model_fields if one not in KINDS):
            yield from self._written(("sets", name, key), key, 4)
        for key, texts in edited.items():
            yield f"    {key}:"
            yield from (f"      - {quoted(text)}" for text in texts)

    def _fragments(self, patterns: Iterable[str]) -> list[str]:
        """The fragments that patterns name, and those that these name."""
        texts = [*patterns]
        used: set[str] = set()
        while texts:
            new = {name for name in re.findall(r"\{([a-z_]+)\}", texts.pop()) if name in self.card.fragments} - used
            used |= new
            texts += [self.card.fragments[name] for name in new]
        return [name for name in self.card.fragments if name in used]

    def _written(self, steps: Sequence[Step], key: str, indent: int) -> list[str]:
        """What stands at a place, under its key; nothing where nothing does."""
        node = at(self._node, steps)
        if node is None:
            return []
        start, end = node.start_mark, node.end_mark
        block = isinstance(node, yaml.CollectionNode) and not node.flow_style
        # What stands as a block ends where the next thing begins.
        lines = self._lines[start.line : end.line + (not block)]
        if not block:
            lines[-1] = lines[-1][: end.column]
            lines[0] = lines[0][start.column :]
            return [f"{' ' * indent}{key}: {lines[0]}", *lines[1:]]
        while lines and (not lines[-1].strip() or lines[-1].lstrip().startswith("#")):
            lines.pop()
        written = textwrap.dedent("\n".join([" " * start.column + lines[0][start.column :], *lines[1:]]))
        return [f"{' ' * indent}{key}:", *textwrap.indent(written, " " * (indent + 2)).splitlines()]
