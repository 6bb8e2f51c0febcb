"""Settings as a file for containers gives them."""

import pytest

from app.settings import Settings

NONE_BY_ITSELF = sorted(name for name, field in Settings.model_fields.items() if field.default is None)


def test_what_is_left_empty_is_as_if_it_was_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLMARK_DATABASE_URL", "postgresql://callmark@database/callmark")
    without = Settings()
    for name in NONE_BY_ITSELF:
        if name != "database_url":
            monkeypatch.setenv(f"CALLMARK_{name.upper()}", "")
    assert Settings() == without
    assert Settings().jobs == "postgresql://callmark@database/callmark"
