"""Patterns are tried only where they can match, and stopped when they take too long."""

import regex
from pytest import MonkeyPatch, mark

from app.domain import expression
from app.domain.evidence import Verdict
from app.domain.expression import Expression, Sieve, alternatives
from app.domain.language.zh import merged, sound_alikes
from app.scorecards.loader import shipped_card, shipped_ids
from tests.factories import judge, make_call, make_card

FOR_EVER = r"(?:(?:a|aa)+ )+y"


def test_a_pattern_that_backtracks_for_ever_leaves_its_item_open_and_judges_the_others(
    monkeypatch: MonkeyPatch,
) -> None:
    monkeypatch.setattr(expression, "LONGEST_SEARCH_SECONDS", 0.05)
    sets = {"slow": {"patterns": [FOR_EVER], "phonetic": False}, "hello": {"phrases": ["hello"]}}
    say = {name: {"say": {"by": "agent", "set": name}} for name in sets}
    card = make_card(say["slow"], sets=sets, others={"greets": say["hello"]})
    call = make_call(f"0-9 agent: Hello {'aaaaaaaaaaaaaaaaaaaaaaaaaaaaa ' * 20} zzz y.")
    stalled = judge(card, call)
    assert (stalled.verdict, str(stalled.reason).split(";")[0]) == (
        Verdict.UNCERTAIN,
        "A pattern of the scorecard took too long on this call",
    )
    assert judge(card, call, "greets").verdict == Verdict.PASS


@mark.parametrize(
    ("source", "groups"),
    [
        ("thanks for calling", {("thanks for calling",)}),
        (r"\b(?:sorry|apolog(?:y|ise)) .* wait", {("apolog", "sorry"), (" wait",)}),
        ("(?:please )?hold(?! up)", {("hold",)}),
        ("[ab]c?", {("a", "b")}),
        ("a*", set()),
    ],
)
def test_the_words_that_a_match_cannot_do_without_are_read_from_the_pattern(source: str, groups: set[object]) -> None:
    assert set(Expression(source).triggers) == groups


@mark.parametrize("name", shipped_ids())
def test_no_match_of_a_shipped_pattern_is_ruled_out(name: str) -> None:
    card = shipped_card(name.removeprefix("inbound-"))
    lines = {
        line.partition(": ")[2]
        for item in card.items
        for kind in type(item.examples).model_fields
        for example in getattr(item.examples, kind)
        for line in example.call
    }
    texts = [card_text for line in lines if (card_text := _normal(card.language, line))]
    for lexicon in card.lexicons.values():
        for one in (*lexicon.patterns, *lexicon.exclude):
            plain = regex.compile(one)
            branches = tuple(map(Expression, alternatives(one)))
            sieve = Sieve(branches, 3 if card.language == "en" else 2)
            for text in texts:
                found = any(any(branch.spans(text)) for branch in branches)
                searched = any(branch.search(text) is not None for branch in branches)
                sifted = any(any(branch.spans(text)) for branch in sieve.worth_trying(text))
                assert (plain.search(text) is not None) == found == searched == sifted, (one, text)


def _normal(code: str, line: str) -> str:
    from app.domain.language import language

    return language(code).normal(line)


def test_branches_at_the_top_are_told_from_those_inside() -> None:
    assert alternatives(r"a|b(?:c|d)|[|]e|f\|g") == ("a", "b(?:c|d)", "[|]e", r"f\|g")
    assert alternatives("[]|]a|b") == ("[]|]a", "b")


def test_what_sounds_alike_is_not_ruled_out_by_its_spelling() -> None:
    waiting = Expression("稍等一下", sound_alikes, merged)
    assert waiting.search("请您烧灯一下") is not None
    assert waiting.search("请您说明一下") is None
