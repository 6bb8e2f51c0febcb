"""Hearing a recording tells nobody: no library reports that, or how, it was used."""

import os
import subprocess
import sys

# Speech is looked for, which loads the library that finds it.
LISTEN = """
import numpy
from app.audio.decoding import SAMPLE_RATE, Recording
from app.audio.speech import listen
hiss = numpy.random.default_rng(1).normal(0, 0.05, (1, 2 * SAMPLE_RATE)).astype("float32")
listen(Recording(hiss))
"""


def test_looking_for_speech_leaves_no_trace_of_a_report(tmp_path):
    """What the library means to send waits in the home folder, under a number by which this machine is known."""
    environment = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    environment |= {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    subprocess.run([sys.executable, "-c", LISTEN], env=environment, check=True, timeout=120)
    assert [found.name for found in tmp_path.rglob("*")] == []
