"""What was found, as tables for a terminal."""

from collections.abc import Iterable

from rich import box
from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from app.domain.evidence import Verdict
from app.domain.scoring import OPEN, Finding
from app.evaluations.files import Evaluated, Refused
from app.reports.wording import OUTCOMES, VERDICTS, clock, language_name, number, points, score_range

# Blue and orange tell apart for everybody who sees; the glyph says the same without colour.
STYLES = {"pass": "blue", "fail": "bold dark_orange3", "neutral": "dim", "caution": "yellow"}
WIDTH_WITHOUT_TERMINAL = 100


def console() -> Console:
    """Standard output, 100 columns wide where there is no terminal to ask."""
    found = Console(highlight=False, markup=False, emoji=False)
    return (
        found
        if found.is_terminal
        else Console(highlight=False, markup=False, emoji=False, width=WIDTH_WITHOUT_TERMINAL)
    )


def overview(results: Iterable[Evaluated | Refused]) -> Group:
    """One row a call: how it did; below, what failed in each, and why."""
    results = tuple(results)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), expand=True)
    table.add_column("Call", overflow="fold", ratio=1)
    table.add_column("Language", no_wrap=True)
    for name in ("Length", "Holds", "Score", "Range", "Failed"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("Outcome", no_wrap=True)
    for result in results:
        table.add_row(*_row(result))
    return Group(table, *(_failures(result) for result in results if _falls_short(result)))


def _row(result: Evaluated | Refused) -> tuple[str | Text, ...]:
    if isinstance(result, Refused):
        return (result.name, *("–",) * 6, Text("✕ Not scored", style=STYLES["fail"]))
    verdicts = [finding.verdict for finding in result.score.findings]
    return (
        result.name,
        language_name(result.transcript.language),
        clock(result.duration),
        _holds(result),
        number(result.score.score),
        score_range(result.score) or "–",
        str(verdicts.count(Verdict.FAIL)),
        _outcome(result),
    )


def _falls_short(result: Evaluated | Refused) -> bool:
    return isinstance(result, Refused) or any(one.verdict == Verdict.FAIL for one in result.score.findings)


def call_table(result: Evaluated | Refused) -> Group | Text:
    """One call: its outcome, then every item with its verdict and the reason for it."""
    if isinstance(result, Refused):
        return Text.assemble((result.name, "bold"), "\n", ("✕ Not scored", STYLES["fail"]), f"  {result.message}\n")
    card, code = result.scorecard, result.transcript.language
    head = Text.assemble(
        (result.name, "bold"),
        f"  {language_name(code)}, {clock(result.duration)}, {card.text(card.title, code)}, {result.engine}\n",
        _outcome(result),
        f"  score {number(result.score.score)}{_in_brackets(score_range(result.score))}",
        f", pass mark {number(card.pass_mark)}, holds {_holds(result)}",
    )
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), expand=True)
    table.add_column("Verdict", no_wrap=True)
    table.add_column("Item", overflow="fold", ratio=2)
    table.add_column("Points", justify="right", no_wrap=True)
    table.add_column("Why", overflow="fold", ratio=4)
    for item, finding in zip(card.items, result.score.findings, strict=True):
        if finding.verdict == Verdict.UNSCORED:
            continue
        shown = VERDICTS[finding.verdict]
        table.add_row(
            Text(f"{shown.glyph} {shown.word}", style=STYLES[shown.tone]),
            card.text(item.title, code),
            points(finding.points, finding.max_points),
            _why(finding),
        )
    by_person = [
        card.text(item.title, code)
        for item, finding in zip(card.items, result.score.findings, strict=True)
        if finding.verdict == Verdict.UNSCORED
    ]
    if not by_person:
        return Group(head, table)
    shown = VERDICTS[Verdict.UNSCORED]
    return Group(head, table, Text(f" {shown.glyph} {shown.word}: {', '.join(by_person)}\n", style=STYLES[shown.tone]))


def _outcome(result: Evaluated) -> Text:
    """The outcome; while it is open, with the number of items that keep it so."""
    shown = OUTCOMES[result.score.outcome]
    left = sum(finding.verdict in OPEN for finding in result.score.findings)
    text = f"{shown.glyph} {shown.word}" + (f" ({left})" if result.score.outcome == "open" else "")
    return Text(text, style=STYLES[shown.tone])


def _holds(result: Evaluated) -> str:
    if not result.holds:
        return "none"
    return f"{len(result.holds)} · {clock(sum(hold.length for hold in result.holds))}"


def _failures(result: Evaluated | Refused) -> Padding:
    """The name of the call, and below it each failed item with its reason."""
    rows = Table.grid(padding=(0, 1))
    rows.add_column(no_wrap=True, style=STYLES["fail"])
    rows.add_column(overflow="fold")
    if isinstance(result, Refused):
        rows.add_row("✕", result.message)
    else:
        card = result.scorecard
        for item, finding in zip(card.items, result.score.findings, strict=True):
            if finding.verdict == Verdict.FAIL:
                title = card.text(item.title, result.transcript.language)
                rows.add_row("✕", Text.assemble(title, (f"  {finding.reason}", "dim")))
    return Padding(Group(Text(result.name, style="bold"), rows), (0, 0, 1, 1))


def _why(finding: Finding) -> Text:
    """The reason, with the first quotation that stands for it."""
    why = Text(str(finding.reason))
    if finding.evidence:
        piece = finding.evidence[0]
        when = f"{clock(piece.start)} " if piece.start is not None else ""
        why.append(f" {when}“{piece.quote}”", style="dim")
    return why


def _in_brackets(text: str) -> str:
    return f" ({text})" if text else ""
