"""docs/settings.md tells every setting, and no other."""

import re
from pathlib import Path

from app.settings import Settings

PAGE = (Path(__file__).parents[2] / "docs" / "settings.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| `CALLMARK_([A-Z0-9_]+)` \|(.*)\|$", PAGE, flags=re.MULTILINE))


def test_the_page_and_the_settings_name_the_same() -> None:
    assert sorted(ROWS) == sorted(name.upper() for name in Settings.model_fields)


def test_the_page_gives_the_defaults() -> None:
    shown = {name: row.split("|")[0].strip().strip("`") for name, row in ROWS.items()}
    real = {
        name.upper(): "" if field.default is None else str(field.default)
        for name, field in Settings.model_fields.items()
    }
    assert shown == real


def test_the_page_describes_each_setting_as_the_code_does() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description
        assert field.description in ROWS[name.upper()], name
