"""Who leads a team sees, where calls are scored again, that a scorecard cannot be loaded and which one judges."""

from pathlib import Path

from tests.scorecards.own_cards import BROKEN, card, own_cards
from tests.web.conftest import Web


def test_leaders_see_what_is_wrong_with_a_scorecard_and_what_judges_instead(
    web_everywhere: Web, tmp_path: Path
) -> None:
    web = web_everywhere
    with own_cards(tmp_path / "cards") as cards:
        (cards / "english.yaml").write_text(card())
        web.make_call()
        assert "cannot be loaded" not in web.get(web.cast.bob, "/rescoring").text
        (cards / "english.yaml").write_text(BROKEN)
        for leader in (web.cast.ada, web.cast.bob):
            page = web.get(leader, "/rescoring").text
            assert "english.yaml cannot be loaded: 13: items[0].rule.say.by: missing (+1); version sha256:" in page
            assert "goes on judging" in page
            assert "1 of 1 calls are scored" in page
        assert "cannot be loaded" not in web.get(web.cast.alice, "/rescoring").text


def test_calls_are_scored_again_by_a_card_that_has_changed(web: Web, tmp_path: Path) -> None:
    with own_cards(tmp_path / "cards") as cards:
        call = web.make_call()
        (cards / "english.yaml").write_text(card())
        assert "0 of 1 calls are scored" in web.get(web.cast.bob, "/rescoring").text
        assert web.post(web.cast.bob, "/calls/rescore", data={"call": [call]}).headers["location"].endswith("rescored")
        assert "1 of 1 calls are scored" in web.get(web.cast.bob, "/rescoring").text
