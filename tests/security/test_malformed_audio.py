"""Whatever is wrong with a recording: its samples, or a clear reason why there are none, and soon."""

import subprocess
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.audio.decoding import REFUSALS, Recording, RecordingEmpty, decode
from app.kit.errors import AppError
from app.settings import Settings
from tests.bar import Bar
from tests.security.malformed import malformed, originals

# As many at once as the smallest machine does.
AT_ONCE = 2
# A decoder that takes longer hangs, in seconds.
SETTINGS = Settings(decode_seconds=10)
CODES = {*REFUSALS, RecordingEmpty.code}


@pytest.mark.bar(row=11, full=10_000, quick=60)
def test_a_malformed_file_ends_in_samples_or_in_a_clear_error(bar: Bar, tmp_path: Path) -> None:
    whole = originals(tmp_path)

    def outcome(number: int) -> tuple[str, bool]:
        name, content = malformed(number, whole)
        file = tmp_path / name
        file.write_bytes(content)
        try:
            heard = decode(file, SETTINGS)
        except AppError as error:
            return error.code, isinstance(error.__cause__, subprocess.TimeoutExpired)
        finally:
            file.unlink()
        assert isinstance(heard, Recording) and heard.duration > 0
        return "samples", False

    with ThreadPoolExecutor(AT_ONCE) as pool:
        outcomes = dict(enumerate(pool.map(outcome, range(bar.times))))
    hung = [number for number, (_, late) in outcomes.items() if late]
    unclear = {number: code for number, (code, _) in outcomes.items() if code not in {*CODES, "samples"}}
    assert (hung, unclear) == ([], {})
    counted = Counter(code for code, _ in outcomes.values())
    told = ", ".join(f"{times:,} {code}" for code, times in counted.most_common())
    bar.found(f"{bar.times:,} files: 0 crashes, 0 hangs; {told}")
