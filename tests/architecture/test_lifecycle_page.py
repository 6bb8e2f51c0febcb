"""docs/lifecycle.md draws the life of a review as the table in app/domain/lifecycle.py says it."""

from collections import defaultdict
from pathlib import Path

from app.domain.lifecycle import COUNTING, NEXT, TOLD, Act, ReviewState

PAGE = Path(__file__).parents[2] / "docs" / "lifecycle.md"
BEGIN, END = "<!-- drawn from app/domain/lifecycle.py -->", "<!-- as far as it is drawn -->"
# What each act is, and who does it.
ACTS = {
    Act.DECIDE: ("decides an item, or takes that back", "a reviewer"),
    Act.SET_ASIDE: ("sets the call aside: out of scope, with a reason", "a reviewer"),
    Act.BRING_BACK: ("brings it back into the queue", "whoever set it aside, a supervisor or administrator"),
    Act.SUBMIT: ("submits; from now on it counts", "a reviewer"),
    Act.COMPARE: ("hands in a review that is only compared", "a second reviewer, who calibrates, or the agent"),
    Act.RELEASE: ("lets the agent read it", "the worker when it is due, or a supervisor or administrator"),
    Act.TAKE_BACK: (
        "takes it back from an agent whose call it is not; it waits for its release anew",
        "whoever gives the call to another agent",
    ),
    Act.ACKNOWLEDGE: ("takes the result as it is", "the agent"),
    Act.DISPUTE: ("disputes an item", "the agent"),
    Act.ANSWER: ("decides a dispute (or withdraws it) while others are open", "another reviewer (the agent)"),
    Act.RESOLVE: ("decides the last open dispute (or withdraws it)", "another reviewer (the agent)"),
    Act.CARRY_OVER: ("carries the verdicts over to a new evaluation", "the machine"),
    Act.REOPEN: ("opens it again, with a reason", "who submitted it, a supervisor or administrator"),
    Act.RETRACT: ("retracts it, with a reason: it counts no more", "who submitted it, a supervisor or administrator"),
}


def drawn() -> str:
    """The diagram and the tables, as the page shows them."""
    # An act that leads nowhere else would only clutter the picture; the table names it.
    arrows: dict[tuple[ReviewState, ReviewState], list[str]] = defaultdict(list)
    for (state, act), after in NEXT.items():
        if act != Act.CARRY_OVER:
            arrows[state, after].append(act.value.replace("_", " "))
    diagram = [f"    {state.value} --> {after.value}: {', '.join(acts)}" for (state, after), acts in arrows.items()]
    states = [
        f"| `{state.value}` | {'yes' if state in COUNTING else 'no'} | {'yes' if state in TOLD else 'no'} |"
        for state in ReviewState
    ]
    steps = [
        f"| `{state.value}` | `{act.value}` | {ACTS[act][0]} | {ACTS[act][1]} | `{after.value}` |"
        for state in ReviewState
        for act in Act
        if (after := NEXT.get((state, act))) is not None
    ]
    return "\n".join(
        [
            BEGIN,
            "",
            "```mermaid",
            "stateDiagram-v2",
            f"    [*] --> {ReviewState.OPEN.value}: offer",
            *diagram,
            "```",
            "",
            "| state | counts in the final rates | its agent reads it |",
            "| --- | --- | --- |",
            *states,
            "",
            "| from | act | what is done | by | to |",
            "| --- | --- | --- | --- | --- |",
            *steps,
            "",
            END,
        ]
    )


def test_the_page_draws_what_the_table_says() -> None:
    page = PAGE.read_text(encoding="utf-8")
    shown = page[page.index(BEGIN) : page.index(END) + len(END)]
    assert shown == drawn(), (
        f"The table has changed: run `python tests/architecture/test_lifecycle_page.py` to draw docs/{PAGE.name} anew"
    )


def test_every_act_is_explained() -> None:
    assert set(ACTS) == set(Act)
    assert {act for _, act in NEXT} == set(Act)


if __name__ == "__main__":
    text = PAGE.read_text(encoding="utf-8")
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    PAGE.write_text(before + drawn() + after, encoding="utf-8")
