"""Many recordings at once in a real browser: progress, connections that break off, names that say something, a list."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Dialog, Locator, Page, Route, expect
from sqlmodel import select

from app.calls.models import Call
from app.calls.service import CallFacts, add_call
from app.kit import clock, db
from app.ledger.service import machine
from tests.browser.conftest import LIMIT, SAID, Site

PATTERN = "{started_at:%Y%m%d-%H%M%S}_{agent}_{external_id}"


def transcript(note: str) -> str:
    turns = [{"speaker": who, "start": start, "end": end, "text": text} for who, start, end, text in SAID]
    return json.dumps({"id": note, "language": "en", "turns": turns})


def write(folder: Path, name: str, content: str = "") -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(content or transcript(name))
    return path


def choose(page: Page, *files: Path) -> None:
    page.goto("/calls?add=1")
    page.get_by_label("Recordings (WAV").set_input_files(list(files))


def send(page: Page) -> None:
    page.get_by_role("button", name="Upload", exact=True).click()


def at(page: Page, name: str) -> Locator:
    """The line of a file in the upload."""
    return page.locator(".uploads li", has_text=name)


def stored(site: Site) -> dict[str, Call]:
    with db.session(site.engine, reads_only=True) as session:
        return {call.file_name: call for call in session.exec(select(Call))}


def test_sixty_files_go_up_by_themselves_and_the_whole_way_is_told(page: Page, site: Site, tmp_path: Path) -> None:
    choose(page, *(write(tmp_path, f"call-{number}.json") for number in range(60)))
    expect(page.locator("[data-overall-told]")).to_contain_text("0 of 60 files")
    send(page)
    expect(page.locator("[data-upload-status]")).to_have_text("✓ 60 / 60")
    expect(page.locator("[data-overall-told]")).to_contain_text("60 of 60 files")
    assert len(stored(site)) == 60
    expect(page.locator("#call-list")).to_contain_text("60 calls")


def test_a_connection_that_comes_back_is_noticed_and_nothing_is_there_twice(
    page: Page, site: Site, tmp_path: Path
) -> None:
    choose(page, write(tmp_path, "a.json"), write(tmp_path, "b.json"))
    page.context.set_offline(True)
    send(page)
    expect(at(page, "a.json")).to_contain_text(re.compile(r"Waiting for the connection, trying again in \d+ s"))
    expect(page.locator("[data-upload-status]")).to_have_text("Waiting for the connection")
    page.context.set_offline(False)
    expect(page.locator("[data-upload-status]")).to_have_text("✓ 2 / 2")
    assert len(stored(site)) == 2


def test_an_answer_that_was_lost_is_asked_for_again_and_makes_no_second_call(
    page: Page, site: Site, tmp_path: Path
) -> None:
    lost = iter([True])

    def lose(route: Route) -> None:
        if route.request.method == "POST" and next(lost, False):
            # The server has taken the recording in, and the browser is never told.
            kept = site.blobs.put([transcript("a.json").encode()], LIMIT)
            with db.session(site.engine) as session:
                add_call(session, site.queue, kept, "a.json", CallFacts(team="Team A"), machine(clock.now()))
            route.abort()
        else:
            route.fallback()

    page.route(re.compile("/calls$"), lose)
    choose(page, write(tmp_path, "a.json"))
    send(page)
    expect(at(page, "a.json")).to_contain_text("Here already")
    assert len(stored(site)) == 1


@pytest.mark.parametrize(("status", "told"), [(503, "database cannot be reached"), (507, "no space left")])
def test_a_server_that_is_busy_or_full_is_waited_for(
    page: Page, site: Site, tmp_path: Path, status: int, told: str
) -> None:
    answers = iter([json.dumps({"detail": f"The {told} at the moment."})])

    def answer(route: Route) -> None:
        said = next(answers, None) if route.request.method == "POST" else None
        if said is None:
            route.fallback()
        else:
            route.fulfill(status=status, content_type="application/json", body=said)

    page.route(re.compile("/calls$"), answer)
    choose(page, write(tmp_path, "a.json"))
    send(page)
    expect(at(page, "a.json")).to_contain_text(re.compile(f"{told} at the moment. Trying again in"))
    expect(at(page, "a.json")).to_contain_text("Added")


def test_a_large_file_goes_on_where_it_broke_off_even_after_the_page_was_opened_anew(
    page: Page, site: Site, tmp_path: Path
) -> None:
    large = tmp_path / "large.wav"
    large.write_bytes(bytes(range(256)) * 4096 * 20)
    offsets: list[int] = []

    def count(route: Route) -> None:
        body = route.request.post_data_buffer or b""
        found = re.search(rb'name="offset"\r\n\r\n(\d+)', body)
        if found and (place := int(found[1])) not in offsets:
            offsets.append(place)
            if place > 8 * 2**20:
                return route.abort()
        return route.fallback()

    page.route(re.compile("/uploads$"), count)
    choose(page, large)
    send(page)
    # Megabytes take their time where this test is not alone.
    expect(at(page, "large.wav")).to_contain_text("Waiting for the connection")
    page.once("dialog", lambda asked: asked.accept())
    choose(page, large)
    send(page)
    expect(at(page, "large.wav")).to_contain_text("Added")
    # No piece went up a second time.
    assert offsets == [0, 8 * 2**20, 16 * 2**20]
    call = stored(site)["large.wav"]
    assert b"".join(site.blobs.read(call.blob)) == large.read_bytes()


def test_what_the_names_say_is_shown_while_the_pattern_is_typed_and_kept_for_next_time(
    page: Page, site: Site, tmp_path: Path
) -> None:
    good = write(tmp_path, "20261001-093000_mei_工单17.json")
    choose(page, good, write(tmp_path, "other.json"))
    page.get_by_text("Read the facts from the file names").click()
    field = page.get_by_label("File name pattern")
    field.fill("{agnet}")
    expect(page.locator("[data-names-fault]")).to_contain_text("every { needs its }")
    send(page)
    expect(page.get_by_role("button", name="Upload", exact=True)).to_be_enabled()
    assert stored(site) == {}
    field.fill(PATTERN)
    expect(at(page, good.name).locator(".read")).to_have_text("Started 2026-10-01 09:30Agent meiExternal id 工单17")
    expect(at(page, "other.json")).to_contain_text("The name is not as the pattern says.")
    expect(page.locator("[data-names-told]")).to_have_text("1 of 2 files are understood")
    send(page)
    expect(at(page, good.name)).to_contain_text("Added")
    expect(at(page, "other.json")).to_contain_text("not sent")
    found = stored(site)
    assert list(found) == [good.name]
    assert (found[good.name].agent_id, found[good.name].external_id) == (site.cast.mei.id, "工单17")
    page.goto("/calls?add=1")
    expect(page.get_by_label("File name pattern")).to_have_value(PATTERN)


def test_fields_are_put_into_the_pattern_by_key(page: Page, site: Site) -> None:
    page.goto("/calls?add=1")
    page.get_by_text("Read the facts from the file names").click()
    page.get_by_label("File name pattern").fill("x_")
    page.get_by_role("button", name="{agent}").press("Enter")
    expect(page.get_by_label("File name pattern")).to_have_value("x_{agent}")
    expect(page.get_by_label("File name pattern")).to_be_focused()


def test_a_list_that_is_chosen_with_the_recordings_says_whose_they_are(page: Page, site: Site, tmp_path: Path) -> None:
    rows = write(tmp_path, "list.csv", "file,agent,language\na.json,mei,\nb.json,dana,fr\ngone.wav,,\n")
    choose(page, *(write(tmp_path, name) for name in ("a.json", "b.json", "c.json")), rows)
    expect(at(page, "a.json")).to_contain_text("line 2 of the list")
    expect(at(page, "b.json")).to_contain_text("The language is en, zh or ja.")
    expect(at(page, "c.json")).to_contain_text("not in the list")
    expect(page.locator("[data-names-notes]")).to_contain_text("Line 4 of the list: no recording “gone.wav”")
    send(page)
    expect(page.locator("[data-upload-status]")).to_have_text("✓ 2 / 3")
    found = stored(site)
    assert found["a.json"].agent_id == site.cast.mei.id
    assert set(found) == {"a.json", "c.json"}
    # Without the list the third goes too.
    page.get_by_role("button", name="Leave the list out").click()
    send(page)
    expect(page.locator("[data-upload-status]")).to_have_text("✓ 3 / 3")


def test_a_folder_is_taken_with_its_folders_and_without_what_the_system_put_there(
    page: Page, site: Site, tmp_path: Path
) -> None:
    folder = tmp_path / "october"
    folder.mkdir()
    write(folder, "a.json")
    write(folder / "deeper", "b.json")
    write(folder, ".DS_Store", "x")
    page.goto("/calls?add=1")
    page.locator("[data-folder-input]").set_input_files(folder)
    expect(page.locator(".uploads li")).to_have_count(2)


def test_one_that_is_under_way_is_cancelled_and_begun_again_by_key(page: Page, site: Site, tmp_path: Path) -> None:
    choose(page, write(tmp_path, "a.json"))
    page.context.set_offline(True)
    send(page)
    page.get_by_role("button", name="Cancel: a.json").press("Enter")
    expect(at(page, "a.json")).to_contain_text("✕ Cancelled")
    again = page.get_by_role("button", name="Try again: a.json")
    expect(again).to_be_focused()
    page.context.set_offline(False)
    again.press("Enter")
    expect(at(page, "a.json")).to_contain_text("Added")


def test_who_leaves_while_files_go_up_is_asked_first(page: Page, site: Site, tmp_path: Path) -> None:
    choose(page, write(tmp_path, "a.json"))
    page.context.set_offline(True)
    send(page)
    expect(at(page, "a.json")).to_contain_text("Waiting for the connection")
    asked: list[str] = []

    def leave(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", leave)
    page.context.set_offline(False)
    page.route(re.compile("/calls$"), lambda route: route.abort())
    page.evaluate("window.location.reload()")
    page.wait_for_load_state()
    assert asked == ["beforeunload"]


def test_five_hundred_files_are_listed_at_once(page: Page, site: Site) -> None:
    page.goto("/calls?add=1")
    page.evaluate(
        """content => {
            const files = new DataTransfer();
            for (let place = 0; place < 500; place++) files.items.add(new File([content + place], `call-${place}.json`));
            document.querySelector("h1").dispatchEvent(
                new DragEvent("drop", { dataTransfer: files, bubbles: true, cancelable: true }));
        }""",
        transcript(""),
    )
    expect(page.locator(".uploads li")).to_have_count(500)
    expect(page.locator("[data-overall-told]")).to_contain_text("0 of 500 files")
    # What is beyond the edge is not painted, and the list does not push the button off the page.
    box = page.locator(".uploads").bounding_box()
    assert box is not None
    assert box["height"] <= 560


@pytest.mark.parametrize("width", [320, 1440])
def test_the_form_fits_the_screen_with_everything_open(page: Page, site: Site, tmp_path: Path, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 700})
    long = "20261001-093000_an-agent-with-a-very-long-name-and-no-space-in-it_工单工单工单工单工单工单.json"
    choose(page, write(tmp_path, long), write(tmp_path, "list.csv", f"file,queue\n{long},cards\n"))
    page.get_by_label("File name pattern").fill(PATTERN)
    expect(at(page, long)).to_contain_text("line 2 of the list")
    over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert over <= 0
