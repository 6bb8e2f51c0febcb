"""Writes the next migration from what the models say and the migrations do not: `make migration NAME="…"`."""

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory

from app.kit.migrations import alembic_config, upgrade

if __name__ == "__main__":
    name = " ".join(sys.argv[1:]).strip()
    if not name:
        sys.exit('Say what it does: make migration NAME="add queue to call"')
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'empty.db'}"
        upgrade(url)
        config = alembic_config(url)
        number = len(list(ScriptDirectory.from_config(config).walk_revisions())) + 1
        command.revision(config, name, autogenerate=True, rev_id=f"{number:04}")
