"""Script and style of the pages: built from their sources, found by their names, and built anew only when needed."""

import gzip
import re
import shutil
from pathlib import Path

import pytest

from app.kit.shipped import shipped
from app.web.assets import DIST, URL, AssetsNotBuilt, UnknownAsset, asset, manifest
from hatch_build import LOCK, SOURCES, build_assets, fingerprint

ROOT = Path(__file__).parents[2]
# Of script and style together, on the review screen.
MOST_BYTES = 28_000


def test_every_asset_that_a_template_names_is_built() -> None:
    named = {
        name
        for template in shipped("frontend/templates").rglob("*.html")
        for name in re.findall(r'asset\("([^"]+)"\)', template.read_text("utf-8"))
    }
    assert {"pages.css", "pages.ts", "review/review.css", "review/main.ts"} <= named
    for name in named:
        assert (DIST / asset(name).removeprefix(URL)).is_file()


def test_an_asset_that_no_source_stands_for_is_refused() -> None:
    with pytest.raises(UnknownAsset):
        asset("nothing.css")


def test_a_checkout_without_built_assets_says_how_to_build_them(tmp_path: Path) -> None:
    with pytest.raises(AssetsNotBuilt, match="make setup"):
        manifest(tmp_path)


def test_a_changed_source_is_noticed_and_an_unchanged_one_is_not(tmp_path: Path) -> None:
    folder = tmp_path / "src"
    (folder / "review").mkdir(parents=True)
    (folder / "review/main.ts").write_text("export {};\n")
    before = fingerprint([folder, tmp_path / "missing"])
    assert fingerprint([folder, tmp_path / "missing"]) == before
    (folder / "review/main.ts").write_text("export {}\n")
    changed = fingerprint([folder])
    (folder / "review/main.ts").rename(folder / "main.ts")
    assert len({before, changed, fingerprint([folder])}) == 3


def checkout(place: Path) -> Path:
    """The frontend's sources as they lie in a fresh checkout."""
    for name in SOURCES:
        source = ROOT / "frontend" / name
        if source.is_dir():
            shutil.copytree(source, place / "frontend" / name)
        else:
            (place / "frontend").mkdir(exist_ok=True)
            shutil.copy(source, place / "frontend" / name)
    shutil.copy(ROOT / "hatch_build.py", place)
    return place


def test_what_is_built_already_is_not_built_again(tmp_path: Path) -> None:
    place = checkout(tmp_path)
    stamp = place / "app/web/dist/.stamp"
    stamp.parent.mkdir(parents=True)
    stamp.write_text(fingerprint([place / "hatch_build.py", *(place / "frontend" / name for name in SOURCES)]))
    assert build_assets(place) is False
    assert not (place / "frontend/node_modules").exists()


def test_a_registry_out_of_reach_is_named_as_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
    with pytest.raises(SystemExit, match="Check the connection to the npm registry"):
        build_assets(checkout(tmp_path))


def test_the_lock_names_no_registry() -> None:
    for name in LOCK:
        assert "resolved" not in (ROOT / "frontend" / name).read_text().replace("registry-resolved", "")


def test_the_review_screen_loads_little() -> None:
    """Script and style of the page that is opened all day, packed as they are sent; without htmx."""
    template = (shipped("frontend/templates") / "reviews/show.html").read_text("utf-8")
    loaded = [asset(name).removeprefix(URL) for name in re.findall(r'asset\("([^"]+)"\)', template)]
    for name in loaded:
        loaded += [
            one for one in re.findall(r'from"\./([^"]+)"', (DIST / name).read_text("utf-8")) if one not in loaded
        ]
    packed = {name: len(gzip.compress((DIST / name).read_bytes(), 9)) for name in loaded}
    assert len(packed) >= 4
    assert not any("htmx" in (DIST / name).read_text("utf-8") for name in packed if name.endswith(".js"))
    assert sum(packed.values()) <= MOST_BYTES, packed
