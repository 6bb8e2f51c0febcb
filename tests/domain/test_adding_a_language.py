"""A language is one file: named in LANGUAGES, it judges calls."""

import sys
from types import ModuleType

from pytest import MonkeyPatch

from app.domain.evidence import Verdict
from app.domain.language import LANGUAGES, Language, NameUse
from tests.factories import judge, make_call, make_card

SPANISH = Language(
    code="es",
    sentence_end=".?!",
    abbreviations=("Sr", "Sra"),
    joiner=" ",
    shortest_fuzzy=9,
    normal=lambda text: " ".join("".join(one if one.isalnum() else " " for one in text.lower()).split()),
    phonetic=lambda text: text.replace("v", "b").replace("h", ""),
    sound_alikes=None,
    merged=None,
    names_given=lambda _, written, __: tuple(written.split()[-1:]) if written.startswith("soy") else (),
    names_used=lambda text, names: tuple(
        NameUse(text.index(f"sr {name}"), text.index(f"sr {name}") + 3, 1.0) for name in names if f"sr {name}" in text
    ),
    name_cues=("soy",),
    asks_name="nombre",
    asks_to_wait="un momento",
    not_asking_to_wait="momentos",
    back_from_waiting="gracias por esperar",
    back_channel="^(?:si|vale)*$",
)


def test_a_card_in_a_language_of_one_file_judges_its_calls(monkeypatch: MonkeyPatch) -> None:
    module = ModuleType("spanish")
    module.LANGUAGE = SPANISH  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "spanish", module)
    monkeypatch.setitem(LANGUAGES, "es", "spanish")
    sets = {"thanks": {"phrases": ["gracias por llamar"]}}
    thanks = {"say": {"by": "agent", "set": "thanks", "where": {"last_turns": 2}}}
    card = make_card(thanks, sets=sets, language="es", others={"name": {"name_used": {}}})
    call = make_call(
        "0-3 agent: Buenos días, ¿dígame?",
        "3-5 customer: Soy Vega.",
        "6-9 agent: Claro, Sr. Vega. ¡Gracias por llamar!",
        language="es",
    )
    assert [judge(card, call, item).verdict for item in ("item", "name")] == [Verdict.PASS, Verdict.PASS]
    assert judge(card, make_call("0-3 agent: Hola.", "3-6 agent: Adiós.", language="es")).verdict == Verdict.FAIL
