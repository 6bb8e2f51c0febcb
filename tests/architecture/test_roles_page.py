"""docs/roles.md says what the policies say."""

from tests.architecture.roles_page import PAGE, written


def test_the_page_of_roles_says_what_the_policies_say() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text == written(text), "write it anew: .venv/bin/python -m tests.architecture.roles_page"
