"""The table of docs/roles.md, as the policies say it: `python -m tests.architecture.roles_page` writes it anew."""

import inspect
from pathlib import Path

from app.accounts import policies
from app.accounts.models import Role

PAGE = Path(__file__).parents[2] / "docs" / "roles.md"
BEGIN, END = "<!-- begin: written by tests/architecture/roles_page.py -->\n", "<!-- end -->\n"


def table() -> str:
    """Which role may do what, one question of permission a line."""
    found = [(name, one) for name, one in vars(policies).items() if name.startswith("may_")]
    lines = [f"| | {' | '.join(role.value for role in Role)} |", f"| --- |{' :---: |' * len(Role)}"]
    for _, policy in found:
        asked = " ".join((inspect.getdoc(policy) or "").split())
        marks = ("✓" if role in policies.who_may(policy) else "–" for role in Role)
        lines.append(f"| {asked} | {' | '.join(marks)} |")
    return "\n".join(lines) + "\n"


def written(text: str) -> str:
    """The page with its table as it should be."""
    before, _, rest = text.partition(BEGIN)
    return before + BEGIN + table() + END + rest.partition(END)[2]


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
