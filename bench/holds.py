"""How well holds are found: `python -m bench.holds [FOLDER]` compares a folder of recordings with its truth.jsonl."""

import json
import statistics
import sys
import time
from pathlib import Path

from app.audio.decoding import decode
from app.audio.holds import find_waiting
from app.audio.speech import listen
from app.domain.transcript import Hold
from app.settings import Settings
from bench.recordings import FIXTURES

CHANNELS = {"left": 0, "right": 1, "mono": None}
MUSIC = {"music", "music_ann", "music+announcement", "announcement"}
ENOUGH_OVERLAP = 0.5
# CPU seconds that recognition with the packaged weights takes for a second of a two-channel call (docs/speed.md).
RECOGNITION_CPU = 0.028


def overlap(truth: dict[str, float], hold: Hold) -> float:
    """Shared time as a share of the time that either covers."""
    both = max(0.0, min(truth["end"], hold.end) - max(truth["start"], hold.start))
    return both / (max(truth["end"], hold.end) - min(truth["start"], hold.start))


def main(folder: Path) -> None:
    """Print a line for each hold and recording, and the figures over all of them."""
    total = found = false = kinds = 0
    starts: list[float] = []
    lengths: list[float] = []
    analysis = worked = audio = 0.0
    for line in (folder / "truth.jsonl").read_text("utf-8").splitlines():
        call = json.loads(line)
        recording = decode(folder / call["file"], Settings())
        began, busy = time.perf_counter(), time.process_time()
        channel = CHANNELS[call.get("agent_channel", "left")] if recording.channels == 2 else None
        waiting = find_waiting(recording, listen(recording), channel)
        wall, cpu = time.perf_counter() - began, time.process_time() - busy
        analysis, worked, audio = analysis + wall, worked + cpu, audio + recording.duration
        print(f"{call['id']}  {wall / recording.duration:.4f} wall  {cpu / recording.duration:.4f} cpu of real time")
        left = list(waiting.holds)
        for truth in call["holds"]:
            total += 1
            what = f"  {truth['start']:7.2f}-{truth['end']:7.2f} {truth.get('kind', truth.get('content'))}"
            best = max(left, key=lambda hold: overlap(truth, hold), default=None)
            if best is None or overlap(truth, best) < ENOUGH_OVERLAP:
                print(what, "MISSED")
                continue
            left.remove(best)
            found += 1
            starts.append(best.start - truth["start"])
            lengths.append(best.length - (truth["end"] - truth["start"]))
            right = truth.get("music", truth.get("kind") in MUSIC) == (best.kind in MUSIC)
            kinds += right
            check_ins = [(round(span.start, 1), round(span.end, 1)) for span in best.check_ins]
            print(
                f"{what}  start {starts[-1]:+.2f} s  length {lengths[-1]:+.2f} s"
                f"  {best.kind}{'' if right else ' WRONG'}"
                f"  confidence {best.confidence}  check-ins {check_ins}"
            )
        false += len(left)
        for hold in left:
            print(f"  {hold.start:7.2f}-{hold.end:7.2f} {hold.kind} FALSE  confidence {hold.confidence}")
        if waiting.announcements:
            print("  announcements", [(round(span.start, 1), round(span.end, 1)) for span in waiting.announcements])
    print(
        f"holds {total}  found {found}  false {false}  kind right {kinds}\n"
        f"analysis {analysis / audio:.4f} wall  {worked / audio:.4f} cpu of real time,"
        f" {worked / audio / RECOGNITION_CPU:.0%} of what recognition works"
    )
    if found:
        print(
            f"start error median {statistics.median(map(abs, starts)):.2f} s, most {max(map(abs, starts)):.2f} s;"
            f"  length error median {statistics.median(map(abs, lengths)):.2f} s, most {max(map(abs, lengths)):.2f} s"
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FIXTURES)
