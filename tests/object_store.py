"""A real S3 server for tests: SeaweedFS, in one process of its own, on this machine alone."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import obstore
import pytest
from obstore.exceptions import BaseError
from obstore.store import from_url

BUCKET = "callmark"
USER, SECRET = "tests", "of-tests-alone"
# Beside each port the server takes the one that is higher by this number.
BESIDE = 10_000
# The server is up in a few seconds, but a busy machine may be slow; in seconds.
PATIENCE = 120.0


@dataclass(frozen=True)
class ObjectStores:
    """A running server; `environment` is what the product needs beside a URL."""

    environment: Mapping[str, str]
    _numbers: Iterator[int] = field(default_factory=count)

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """The URL of an empty place of its own; meanwhile the environment says how it is reached."""
        with pytest.MonkeyPatch.context() as patched:
            for name, value in self.environment.items():
                patched.setenv(name, value)
            yield f"s3://{BUCKET}/{next(self._numbers)}"


@contextmanager
def object_stores() -> Iterator[ObjectStores]:
    """A server that is started for these tests alone; its folder has a short name, because of a socket in it."""
    with TemporaryDirectory(prefix="callmark-s3-", ignore_cleanup_errors=True) as folder, ExitStack() as ending:
        ports = dict(zip(("master", "volume", "filer", "s3"), _free_ports(4), strict=True))
        with (Path(folder) / "server.log").open("wb") as log:
            server = subprocess.Popen(_command(Path(folder), ports), cwd=folder, stdout=log, stderr=log)
        ending.callback(_remove_sockets, ports)
        ending.callback(_end, server)
        stores = ObjectStores(
            {
                "AWS_ACCESS_KEY_ID": USER,
                "AWS_SECRET_ACCESS_KEY": SECRET,
                "AWS_REGION": "us-east-1",
                "AWS_ENDPOINT_URL": f"http://127.0.0.1:{ports['s3']}",
                "AWS_ALLOW_HTTP": "true",
            }
        )
        _wait_for(stores, server, Path(folder) / "server.log")
        yield stores


@contextmanager
def object_store() -> Iterator[str]:
    """The URL of a store on a server of its own; the environment says meanwhile how it is reached."""
    with object_stores() as stores, stores.fresh() as url:
        yield url


def _command(folder: Path, ports: Mapping[str, int]) -> list[str]:
    credentials = {"accessKey": USER, "secretKey": SECRET}
    actions = ["Admin", "Read", "Write", "List", "Tagging"]
    identities = {"identities": [{"name": USER, "credentials": [credentials], "actions": actions}]}
    (folder / "s3.json").write_text(json.dumps(identities))
    return [
        str(Path(sys.executable).parent / "weed"),
        "server",
        f"-dir={folder}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        "-filer",
        "-s3",
        *(f"-{name}.port={port}" for name, port in ports.items()),
        f"-s3.config={folder / 's3.json'}",
        f"-s3.localSocket={folder / 's3.sock'}",
        f"-filer.localSocket={folder / 'filer.sock'}",
        "-s3.iam=false",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        "-master.telemetry=false",
        "-master.volumeSizeLimitMB=256",
        "-volume.max=30",
        "-volume.preStopSeconds=0",
    ]


def _free_ports(number: int) -> list[int]:
    """Ports that nobody listens on, and nobody on those beside them."""
    found: list[int] = []
    # Below the ports that the system gives to whoever asks for any: such a one could be gone in the next moment.
    tried = (20_000 + (os.getpid() * 37 + place) % 12_000 for place in count())
    while len(found) < number:
        port = next(tried)
        if _is_free(port) and _is_free(port + BESIDE):
            found.append(port)
    return found


def _is_free(port: int) -> bool:
    with socket.socket() as trying:
        try:
            trying.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _wait_for(stores: ObjectStores, server: subprocess.Popen[bytes], log: Path) -> None:
    limit = time.monotonic() + PATIENCE
    with stores.fresh() as url:
        store = from_url(url, retry_config={"max_retries": 0})
        while True:
            try:
                # The first that is written makes the bucket.
                obstore.put(store, "begun", b"")
            except BaseError:
                told = log.read_text(errors="replace")[-2000:]
                assert server.poll() is None and time.monotonic() < limit, f"the S3 server did not come up\n{told}"
                time.sleep(0.1)
            else:
                return


def _end(server: subprocess.Popen[bytes]) -> None:
    server.kill()
    server.wait()


def _remove_sockets(ports: Mapping[str, int]) -> None:
    # These the server puts where all programs put such things, and a killed one leaves them there.
    for name, port in ports.items():
        Path(f"/tmp/seaweedfs-{name}-grpc-{port + BESIDE}.sock").unlink(missing_ok=True)
