"""A form becomes the YAML of a scorecard to start from; what was guessed is said beside it, as a comment."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from app.domain.scorecard import Item, Scorecard, Text
from app.scorecards import likeness
from app.scorecards.as_written import AsWritten, quoted
from app.scorecards.form import Form, Row
from app.scorecards.loader import shipped_card
from app.scorecards.wordings import EMPTY_WORDS, WORDINGS

USUAL_PASS_MARK = 85.0
# Of a graded item without a pass level: the lowest level with this share of its points.
USUAL_PASS_SHARE = 0.6
# Every item needs some: of 100, so few that one without points in the form changes no score.
LEAST_POINTS = 0.01
# Below what is enough to be recognised, but enough to be named.
WORTH_NAMING = 0.45


@dataclass(frozen=True)
class Draft:
    """The YAML, and what was done to get it."""

    text: str
    by_rule: int
    by_person: int
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Line:
    """A row with the id it gets, and the shipped item it means, if it means one."""

    row: Row
    id: str
    known: Item | None
    notes: tuple[str, ...]


def draft(form: Form, name: str, file: str) -> Draft:
    """The scorecard that a form in a file describes, with the shipped rules where its items are known ones."""
    card = shipped_card(form.language)
    source = AsWritten(card)
    lines = _with_ids(form.rows, card)
    lines, points_note = _scaled(lines, form.total)
    mark, mark_note = _pass_mark(form)
    by_rule = sum(one.known is not None and one.known.rule.judges for one in lines)
    notes = [
        f"{len(lines)} rows became items: {by_rule} with a rule, {len(lines) - by_rule} for a person.",
        points_note,
        mark_note,
    ]
    if form.left_out:
        notes.append(f"Left out, as no items: row {', '.join(map(str, form.left_out))}.")
    parts = [
        _comment(f"Made from {file}, sheet {form.sheet}. Read it through before it judges calls:"),
        _comment("what was guessed stands above each item."),
        *map(_comment, notes),
        f"id: {_card_id(name)}",
        f"title: {_texts(_title(form, card, file))}",
        f"language: {form.language}",
        f"pass_mark: {mark:g}",
        "",
        "sections:",
        *_sections(form, card),
        *source.words(_sets_of(lines), form.words),
        "",
        "items:",
        *(text for line in lines for text in _item(line, form, source, _section_ids(form, card))),
    ]
    return Draft("\n".join(parts) + "\n", by_rule, len(lines) - by_rule, tuple(notes))


def _card_id(name: str) -> str:
    made = "-".join(re.findall(r"[a-z0-9]+", name.lower()))
    return made if re.match(r"[a-z]", made) else f"card-{made}".rstrip("-")


# --- which item is which ----------------------------------------------------------------------------------------------


def _with_ids(rows: Sequence[Row], card: Scorecard) -> tuple[_Line, ...]:
    """Each row with an id of its own: the one it names, that of the known item it means, or one made of its title."""
    known = {item.id: item for item in card.items}
    taken: dict[str, int] = {}
    ids: dict[int, str] = {}
    notes: dict[int, list[str]] = {row.number: [] for row in rows}
    for row in rows:
        if row.id and row.id not in taken:
            ids[row.number], taken[row.id] = row.id, row.number
            notes[row.number].append(
                "its id stands in the form"
                if row.id in known
                else "its id stands in the form, and has no shipped rule: a person judges it"
            )
    meant = {row.number: likeness.recognised(row.title, row.guidance) for row in rows if row.number not in ids}
    for number, match in sorted(meant.items(), key=lambda one: -(one[1].likeness if one[1] else 0.0)):
        if match is None:
            continue
        if match.id in taken:
            notes[number].append(f"like {match.id} too ({match.likeness:.0%}), which is row {taken[match.id]}")
        else:
            ids[number], taken[match.id] = match.id, number
            notes[number].append(f"taken for {match.id} ({match.likeness:.0%} alike)")
    lines = []
    for place, row in enumerate(rows, 1):
        if row.number not in ids:
            ids[row.number] = _new_id(row.titles.get("en", row.title), place, taken)
            taken[ids[row.number]] = row.number
            nearest = likeness.matches(row.title, row.guidance)[0]
            if nearest.likeness >= WORTH_NAMING and not notes[row.number]:
                notes[row.number].append(
                    f"may be {nearest.id} ({nearest.likeness:.0%} alike), which was not sure enough"
                )
            notes[row.number].append("a person judges it")
        lines.append(_Line(row, ids[row.number], known.get(ids[row.number]), tuple(notes[row.number])))
    return tuple(lines)


def _new_id(title: str, place: int, taken: Iterable[str]) -> str:
    words = re.findall(r"[a-z]+[a-z0-9]*", title.lower().replace("'s", ""))
    made = "_".join([word for word in words if word not in EMPTY_WORDS][:5])
    if not made or re.search(r"[^\x00-\u024f]", title) or made in taken or made in WORDINGS:
        made = f"item_{place}"
    while made in taken:
        made += "_"
    return made


# --- points -----------------------------------------------------------------------------------------------------------


def _scaled(lines: Sequence[_Line], total: float) -> tuple[tuple[_Line, ...], str]:
    """The points as parts of 100, to a hundredth; what rounding leaves over goes to the weightiest item."""
    points = [max(LEAST_POINTS, round(100 * (line.row.points or 0.0) / total, 2)) for line in lines]
    heaviest = points.index(max(points))
    points[heaviest] = round(points[heaviest] + 100 - sum(points), 2)
    are_shares = abs(total - 1) < 0.005
    scaled = tuple(_worth(line, given, are_shares) for line, given in zip(lines, points, strict=True))
    if are_shares or abs(total - 100) < 0.005:
        return scaled, "The points are those of the form."
    return scaled, f"The points of the form add up to {total:g}; they were scaled to 100."


def _worth(line: _Line, given: float, are_shares: bool) -> _Line:
    """A line with its points of 100, and its levels scaled with them."""
    row, notes = line.row, list(line.notes)
    if row.points is None:
        notes.append(f"the form gives it no points; it got {given:g}, the least")
        return replace(line, row=replace(row, points=given), notes=tuple(notes))
    if not are_shares and abs(given - row.points) > 0.005:
        notes.append(f"{row.points:g} points in the form")
    if not row.levels:
        return replace(line, row=replace(row, points=given), notes=tuple(notes))
    levels = (*(round(level * given / row.points, 2) for level in row.levels[:-1]), given)
    if row.pass_level is not None:
        passes = levels[row.levels.index(row.pass_level)]
    else:
        passes = next(level for level in levels[1:] if level >= USUAL_PASS_SHARE * given)
        notes.append(f"that it passes from {passes:g} on is a guess")
    if levels[0] != 0 and line.known is not None and line.known.rule.judges:
        levels = (0.0, *levels)
        notes.append("the level 0 was added, for when its rule fails it")
    return replace(line, row=replace(row, points=given, levels=levels, pass_level=passes), notes=tuple(notes))


def _pass_mark(form: Form) -> tuple[float, str]:
    mark = form.pass_mark
    if mark is None:
        return USUAL_PASS_MARK, f"The form names no pass mark; {USUAL_PASS_MARK:g} is a guess."
    if form.mark_in_points:
        scaled = round(100 * mark / form.total, 1)
        return scaled, f"The pass mark of {mark:g} was taken for points of {form.total:g} and scaled to {scaled:g}."
    return min(100.0, mark), f"The pass mark is that of the form, {min(100.0, mark):g}."


# --- the YAML ---------------------------------------------------------------------------------------------------------


def _item(line: _Line, form: Form, source: AsWritten, sections: dict[str, str]) -> Iterator[str]:
    row, known, language = line.row, line.known, form.language
    notes = (*row.notes, *line.notes)
    if known is not None and known.critical and not row.critical:
        notes = (*notes, "critical in the shipped scorecard, but not in the form")
    yield f"  # Row {row.number}: {'; '.join(_in_one_line(note) for note in notes)}."
    yield f"  - id: {line.id}"
    yield f"    section: {sections[row.section]}"
    yield f"    title: {_texts((_by_code(known.title) if known else {}) | row.titles)}"
    yield f"    points: {row.points:g}"
    if row.levels:
        yield f"    levels: [{', '.join(f'{level:g}' for level in row.levels)}]"
        yield f"    pass_level: {row.pass_level:g}"
    if row.critical:
        yield "    critical: true"
    if known is not None:
        yield from source.of_item(line.id, "applies_when", 4)
        yield from source.of_item(line.id, "rule", 4)
    else:
        yield "    rule:"
        yield "      manual: {}"
    if known is not None and (not row.guidance or _in_one_line(row.guidance) in known.guidance.values()):
        yield from source.of_item(line.id, "guidance", 4)
    else:
        yield f"    guidance: {_texts({language: row.guidance or row.titles.get(language, row.title)})}"
    if known is not None and (not row.fail_reasons or _are_of(row.fail_reasons, known)):
        yield from source.of_item(line.id, "fail_reasons", 4)
    elif row.fail_reasons:
        yield "    fail_reasons:"
        yield from (f"      - {_texts({language: reason})}" for reason in row.fail_reasons)
    if known is not None:
        yield from source.of_item(line.id, "examples", 4)


def _sets_of(lines: Iterable[_Line]) -> set[str]:
    """The word sets that the rules of the known items use."""
    known = [line.known for line in lines if line.known is not None]
    return {name for item in known for rule in (item.applies_when, item.rule) if rule for name in rule.sets_used()}


def _are_of(reasons: Sequence[str], known: Item) -> bool:
    """Whether the form has the shipped fail reasons, in one of their languages."""
    return any(reasons == tuple(_by_code(one).get(code) for one in known.fail_reasons) for code in ("en", "zh", "ja"))


def _section_ids(form: Form, card: Scorecard) -> dict[str, str]:
    """The id of each section of the form: that of the shipped one so called, else one made of its name."""
    known = {title: section.id for section in card.sections for title in section.title.values()}
    ids: dict[str, str] = {}
    for place, name in enumerate(dict.fromkeys(row.section for row in form.rows), 1):
        made = known.get(name) or "_".join(re.findall(r"[a-z0-9]+", name.lower()))
        ids[name] = made if made and made not in ids.values() else f"section_{place}"
    return ids


def _sections(form: Form, card: Scorecard) -> Iterator[str]:
    known = {section.id: section.title for section in card.sections}
    for name, made in _section_ids(form, card).items():
        title = (
            _by_code(known[made])
            if name in known.get(made, {}).values()
            else {form.language: name or form.title or form.sheet}
        )
        yield f"  - {{id: {made}, title: {_texts(title)}}}"


def _title(form: Form, card: Scorecard, file: str) -> dict[str, str]:
    """What the card is called: as the form is, in every language where that is the shipped card."""
    return _by_code(card.title) if form.title in card.title.values() else {form.language: form.title or _stem(file)}


def _stem(file: str) -> str:
    return file.rpartition(".")[0] or file


def _by_code(texts: Text) -> dict[str, str]:
    return {str(code): text for code, text in texts.items()}


def _texts(texts: dict[str, str]) -> str:
    """Texts by language, in YAML."""
    order = [code for code in ("en", "zh", "ja") if code in texts]
    return "{" + ", ".join(f"{code}: {quoted(texts[code])}" for code in order) + "}"


def _comment(text: str) -> str:
    return f"# {_in_one_line(text)}"


def _in_one_line(text: str) -> str:
    return " ".join(text.split())
