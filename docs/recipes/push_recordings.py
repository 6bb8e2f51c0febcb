"""Send every recording of a folder to Callmark over the network, with the facts that its name tells; safe to repeat.

    pip install httpx
    CALLMARK_URL=https://callmark.example CALLMARK_KEY=cm_… python push_recordings.py /var/spool/recordings

Names such as 20261001-093000_nina_C-17.wav are taken apart; change NAME where your switch writes others. The key needs
the scope calls:write. On the machine where Callmark itself runs, `callmark watch FOLDER` does the same without a key.
"""

import os
import re
import sys
import time
from datetime import datetime
from pathlib import Path

import httpx

NAME = re.compile(r"(?P<at>\d{8}-\d{6})_(?P<agent>[^_]+)_(?P<external_id>[^_]+)$")
RECORDINGS = {".wav", ".mp3", ".ogg", ".opus", ".flac", ".m4a"}


def push(client: httpx.Client, path: Path) -> str:
    """Send one recording; what became of it. The same file again is the same call, so nothing is lost by repeating."""
    told = NAME.match(path.stem)
    if told is None:
        return "left alone: its name is not as NAME says"
    started_at = datetime.strptime(told["at"], "%Y%m%d-%H%M%S").astimezone().isoformat()
    facts = {"agent": told["agent"], "external_id": told["external_id"], "started_at": started_at}
    while True:
        with path.open("rb") as file:
            answer = client.post("/api/v1/calls", data=facts, files={"file": (path.name, file)})
        if answer.status_code not in (429, 503):
            break
        time.sleep(int(answer.headers.get("Retry-After", "60")))
    if answer.is_success:
        return f"call {answer.json()['id']}, {'new' if answer.status_code == 201 else 'here before'}"
    return f"refused: {answer.json()['title']}"


def main(folder: Path) -> None:
    headers = {"Authorization": f"Bearer {os.environ['CALLMARK_KEY']}"}
    with httpx.Client(base_url=os.environ["CALLMARK_URL"], headers=headers, timeout=300) as client:
        for path in sorted(one for one in folder.rglob("*") if one.suffix.lower() in RECORDINGS):
            print(f"{path.name}: {push(client, path)}", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
