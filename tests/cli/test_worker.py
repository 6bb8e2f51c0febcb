"""`callmark worker --id NAME`: it works under that id, and leaves in good order when it is told to."""

import signal
import subprocess
import sys
from pathlib import Path

from tests.faults.processes import until

CALLMARK = str(Path(sys.executable).with_name("callmark"))


def test_a_worker_holds_the_id_it_was_given_until_it_is_told_to_stop(tmp_path: Path) -> None:
    command = [CALLMARK, "worker", "--id", "east-1", "--data-dir", str(tmp_path)]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.DEVNULL) as worker:
        until(lambda: bool(list(tmp_path.glob("jobs.db.east-1.lock"))) or worker.poll() is not None)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(timeout=60) == 0
