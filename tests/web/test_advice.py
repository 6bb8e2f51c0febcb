"""A rule that people overrule too often gives advice alone, and the pages say so beside its verdict."""

import re

from tests.web.conftest import GOOD, Web

UNTHANKED = GOOD[:-1]


def told(page: str, item: str) -> list[str]:
    """What a page says of an item beside its verdict when that is advice alone."""
    found = re.search(rf'data-item="{item}".*?</li>\n', page, re.DOTALL)
    assert found is not None
    return re.findall(r"</span> (Advisory[^<]*)<", found[0])


def test_a_verdict_of_a_rule_that_is_overruled_is_shown_as_advice(web: Web) -> None:
    for number in range(10):
        web.submit(web.make_call(*UNTHANKED, note=str(number)))
    call = web.make_call(*UNTHANKED, note="after")
    page = web.get(web.cast.alice, f"/reviews/{web.review_of(call).id}").text
    why = "Advisory: right in 0% of the 10 reviewed calls that it failed"
    assert told(page, "thanks_for_calling") == ["Advisory", why]
    # The same rule passes this call, and what it passes nobody overruled.
    thanked = web.review_of(web.make_call(note="thanked")).id
    assert told(web.get(web.cast.alice, f"/reviews/{thanked}").text, "thanks_for_calling") == []
    # An item that the machine leaves to people gives no advice.
    assert told(page, "active_listening") == []
    assert why in web.get(web.cast.alice, f"/calls/{call}").text


def test_a_verdict_of_a_rule_of_which_little_is_known_is_shown_plainly(web: Web) -> None:
    web.submit(web.make_call(*UNTHANKED, note="one"))
    call = web.make_call(*UNTHANKED, note="after")
    assert "Advisory" not in web.get(web.cast.alice, f"/reviews/{web.review_of(call).id}").text
    assert "Advisory" not in web.get(web.cast.alice, f"/calls/{call}").text
