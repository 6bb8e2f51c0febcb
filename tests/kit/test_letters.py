"""A name is found whatever the case in which it is written, in every script, on both databases."""

import pytest
from sqlmodel import col, select

from app.accounts.models import Team
from app.kit import db
from app.kit.letters import has, same

NAMES = ("Ünal Öz", "ПЁТР", "Οδός 50%_/", "李娜", "Anna")


@pytest.fixture
def teams(engine):
    with db.session(engine) as session:
        session.add_all([Team(name=one) for one in NAMES])


def found(engine, condition) -> list[str]:
    with db.session(engine, reads_only=True) as session:
        return list(session.exec(select(Team.name).where(condition)))


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("ünal öz", "Ünal Öz"),
        ("ÜNAL ÖZ", "Ünal Öz"),
        ("Ünal Öz", "Ünal Öz"),
        ("пётр", "ПЁТР"),
        ("οδός 50%_/", "Οδός 50%_/"),
        ("李娜", "李娜"),
        ("ANNA", "Anna"),
    ],
)
def test_a_name_is_the_same_in_upper_and_in_lower_case(engine, teams, word, name) -> None:
    assert found(engine, same(col(Team.name), word)) == [name]


@pytest.mark.parametrize(
    ("word", "name"),
    [("ünal", "Ünal Öz"), ("NAL Ö", "Ünal Öz"), ("пёт", "ПЁТР"), ("ός 50%_/", "Οδός 50%_/"), ("娜", "李娜")],
)
def test_a_text_has_a_word_in_whatever_case(engine, teams, word, name) -> None:
    assert found(engine, has(col(Team.name), word)) == [name]


@pytest.mark.parametrize("word", ["ü_al", "ü%", "ünal/", "unal"])
def test_a_sign_in_a_word_stands_for_itself(engine, teams, word) -> None:
    assert found(engine, has(col(Team.name), word)) == []
