"""Finds the files that come with the product, in a checkout or in an installed package."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]


def shipped(place: str) -> Path:
    """Where a shipped file or folder lies, named as in a checkout ("scorecards", "frontend/templates")."""
    packed = PACKAGE / "_shipped" / place
    return packed if packed.exists() else PACKAGE.parent / place
