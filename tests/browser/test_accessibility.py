"""Every page passes axe-core, in light and dark, on a desk and on a phone."""

import re
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute
from playwright.sync_api import Browser, Page

from app import web
from app.request import Services
from tests.browser.furnished import Furnished
from tests.browser.pages import NOT_PAGES, PAGES, Seen, shown

AXE = Path(__file__).parents[2] / "frontend/node_modules/axe-core/axe.min.js"
# What can be folded away is looked at too; menus lie over the page and are left closed.
UNFOLD = "() => document.querySelectorAll('main details').forEach((one) => { one.open = true; })"
# A page answers a new width in the frame that shows it.
SHOWN = "() => new Promise((shown) => requestAnimationFrame(() => requestAnimationFrame(shown)))"
WIDTHS = (1440, 390)
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
ALL = {"runOnly": TAGS, "rules": {"target-size": {"enabled": True}}, "resultTypes": ["violations"]}
# A theme is colours and nothing else, so that in the second one only these can come out otherwise.
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}


def violations(page: Page, rules: dict[str, Any]) -> list[str]:
    """What axe-core finds wrong, each with its place."""
    found: list[dict[str, Any]] = page.evaluate("(rules) => axe.run(rules).then((found) => found.violations)", rules)
    return [
        f"{one['id']}: {one['help']}\n    {' '.join(map(str, node['target']))}\n    {node['html'][:300]}\n"
        f"    {(node.get('failureSummary') or '').strip()}"
        for one in found
        for node in one["nodes"]
    ]


def in_every_look(page: Page) -> dict[str, list[str]]:
    """What is wrong with the page, and in which themes and widths."""
    page.evaluate(AXE.read_text("utf-8"))
    page.evaluate(UNFOLD)
    wrong: dict[str, list[str]] = {}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate(SHOWN)
        for theme, rules in (("light", ALL), ("dark", COLOURS)):
            page.emulate_media(color_scheme="dark" if theme == "dark" else "light", reduced_motion="reduce")
            for one in violations(page, rules):
                wrong.setdefault(one, []).append(f"{theme} at {width} px")
    return wrong


def told(wrong: dict[str, list[str]]) -> str:
    return "\n".join(f"{', '.join(looks)}: {one}" for one, looks in wrong.items())


@pytest.mark.parametrize("seen", PAGES, ids=str)
def test_a_page_is_accessible_in_every_look(browser: Browser, furnished: Furnished, seen: Seen) -> None:
    with shown(browser, furnished, seen) as page:
        wrong = in_every_look(page)
    assert not wrong, told(wrong)


def test_the_page_that_makes_the_first_administrator_is_accessible(
    browser: Browser, site_without_people: tuple[str, Services]
) -> None:
    with browser.new_context(base_url=site_without_people[0]) as context:
        page = context.new_page()
        page.goto("/")
        assert page.url.endswith("/set-up")
        wrong = in_every_look(page)
    assert not wrong, told(wrong)


def test_axe_finds_what_is_wrong(browser: Browser, furnished: Furnished) -> None:
    with shown(browser, furnished, Seen("alice", "/queue")) as page:
        page.evaluate(
            "document.querySelector('main').appendChild(document.createElement('img')).src = '/assets/mark.svg'"
        )
        page.evaluate("document.querySelector('h1').style.color = 'light-dark(#ddd, #333)'")
        found = in_every_look(page)
    for rule, looks in (
        ("color-contrast", {"light at 1440 px", "light at 390 px", "dark at 1440 px", "dark at 390 px"}),
        ("image-alt", {"light at 1440 px", "light at 390 px"}),
    ):
        assert {look for one, where in found.items() if one.startswith(rule) for look in where} == looks


def test_every_page_stands_in_the_table_and_nothing_else() -> None:
    routes = [route for router in web.ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    asked = {route.path: route.path_regex for route in routes if "GET" in route.methods}
    addresses = [re.sub(r"{\w+}", "1", seen.path.split("?")[0]) for seen in PAGES]
    opened = {next((path for path, regex in asked.items() if regex.match(one)), "") for one in addresses}
    assert asked.keys() - opened - NOT_PAGES.keys() == set(), "give these pages a row in PAGES"
    assert NOT_PAGES.keys() - asked.keys() == set()
    assert NOT_PAGES.keys() & opened == set()
