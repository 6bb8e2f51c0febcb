"""Asks an identity provider who somebody is: OpenID Connect, authorization code with PKCE, state and nonce."""

import json
import logging
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from app.kit.errors import AppError

log = logging.getLogger(__name__)

# Signed by the provider's own key; one that is signed by the client's secret, or not at all, proves less.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA")
TIMEOUT_SECONDS = 10.0
# How long what the provider says of itself is kept.
KEPT_SECONDS = 3600.0
# By how much the provider's clock may differ from ours.
LEEWAY_SECONDS = 60
LOCAL = ("localhost", "127.0.0.1", "[::1]", "::1")


class ProviderAway(AppError):
    """The sign-in service cannot be reached at the moment; try again in a minute."""

    code = "provider_away"
    status = 503


class ProviderRefused(AppError):
    """The sign-in service did not let you through. Begin again; if it happens twice, ask an administrator."""

    code = "provider_refused"
    status = 403


class AttemptEnded(AppError):
    """This sign-in took too long, or was begun in another window. Begin again."""

    code = "attempt_ended"
    status = 400


class ProofInvalid(AppError):
    """The answer of the sign-in service cannot be trusted. Begin again; if it happens twice, tell an administrator."""

    code = "proof_invalid"
    status = 400


@dataclass(frozen=True)
class Attempt:
    """A sign-in that is under way: what must come back, and where to go on; the browser keeps it meanwhile."""

    state: str
    nonce: str
    verifier: str
    goes_on: str
    invitation: str = ""

    def written(self) -> str:
        """As it stands in a cookie."""
        return json.dumps([self.state, self.nonce, self.verifier, self.goes_on, self.invitation])


def begun(goes_on: str, invitation: str = "") -> Attempt:
    """A new sign-in, to go on there; with the token of a link, it is that of whom the link is for."""
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    return Attempt(state, nonce, verifier, goes_on, invitation)


def attempt_read(cookie: str, state: str) -> Attempt:
    """The sign-in that this browser has begun, if it is the one that this answer belongs to."""
    try:
        found = Attempt(*json.loads(cookie))
    except (ValueError, TypeError, RecursionError) as error:
        raise AttemptEnded from error
    if not all(isinstance(one, str) for one in vars(found).values()):
        raise AttemptEnded
    if not found.state or not secrets.compare_digest(found.state.encode(), state.encode()):
        raise AttemptEnded
    return found


@dataclass(frozen=True)
class Proof:
    """Who somebody is, as the provider has signed it; an address that it has not verified is left out."""

    issuer: str
    subject: str
    name: str
    username: str
    email: str
    claims: Mapping[str, Any]


class IdentityProvider:
    """One identity provider, by its issuer; what it says of itself is asked for once in a while."""

    def __init__(self, issuer: str, client_id: str, client_secret: str | None, scopes: str) -> None:
        self.issuer = issuer
        self._client_id = client_id
        self._secret = client_secret or None
        self._scopes = scopes
        self._lock = threading.Lock()
        self._known: tuple[float, dict[str, Any], Any] | None = None
        self._used: dict[str, float] = {}

    def address(self, attempt: Attempt, redirect_uri: str) -> str:
        """Where the browser goes to prove who it is."""
        told, _ = self._described()
        with self._client(redirect_uri) as client:
            url, _ = client.create_authorization_url(
                told["authorization_endpoint"],
                state=attempt.state,
                nonce=attempt.nonce,
                code_verifier=attempt.verifier,
            )
        return str(url)

    def proof(self, attempt: Attempt, answer: Mapping[str, str], redirect_uri: str) -> Proof:
        """Who came back with this answer, by a proof that the provider signed for this very attempt."""
        if "error" in answer:
            log.warning("the identity provider refused: %r", answer["error"][:100])
            raise ProviderRefused
        if answer.get("iss", self.issuer) != self.issuer or not answer.get("code"):
            raise ProofInvalid
        token = self._token(attempt, answer["code"], redirect_uri)
        signed = self._signed(attempt, token)
        self._use(attempt)
        claims = {**self._user_info(token, signed["sub"]), **signed}
        verified = claims.get("email_verified") is True
        return Proof(
            issuer=self.issuer,
            subject=claims["sub"],
            name=_text(claims, "name"),
            username=_text(claims, "preferred_username"),
            email=_text(claims, "email") if verified else "",
            claims=claims,
        )

    def sign_out_address(self, back: str) -> str | None:
        """Where one signs out of the provider too, and comes back from; not every provider has such a page."""
        told, _ = self._described()
        page = told.get("end_session_endpoint")
        asked = urlencode({"client_id": self._client_id, "post_logout_redirect_uri": back})
        return f"{page}{'&' if '?' in page else '?'}{asked}" if isinstance(page, str) else None

    def _use(self, attempt: Attempt) -> None:
        """Let an attempt lead in once, whoever kept its cookie and answer; a provider should see to that too."""
        now = time.monotonic()
        with self._lock:
            self._used = {nonce: at for nonce, at in self._used.items() if now - at < KEPT_SECONDS}
            if attempt.nonce in self._used:
                raise AttemptEnded
            self._used[attempt.nonce] = now

    def _token(self, attempt: Attempt, code: str, redirect_uri: str) -> dict[str, Any]:
        from authlib.common.errors import AuthlibBaseError
        from httpx2 import HTTPError

        told, _ = self._described()
        try:
            with self._client(redirect_uri) as client:
                token = client.fetch_token(told["token_endpoint"], code=code, code_verifier=attempt.verifier)
        except HTTPError as error:
            raise _away(error) from error
        except AuthlibBaseError as error:
            log.warning("the identity provider gave no token: %s", error.error)
            raise ProviderRefused from error
        except ValueError as error:
            raise ProofInvalid from error
        return dict(token)

    def _signed(self, attempt: Attempt, token: dict[str, Any]) -> dict[str, Any]:
        """What the ID token says, once its signature, issuer, audience, times and nonce are found right."""
        from authlib.oidc.core import CodeIDToken
        from joserfc import jwt
        from joserfc.errors import InvalidKeyIdError, JoseError

        written = token.get("id_token")
        if not isinstance(written, str):
            raise ProofInvalid
        try:
            try:
                decoded = jwt.decode(written, self._described()[1], algorithms=list(ALGORITHMS))
            except (InvalidKeyIdError, ValueError):
                # The provider may sign with a new key since its keys were asked for.
                decoded = jwt.decode(written, self._described(anew=True)[1], algorithms=list(ALGORITHMS))
            wanted = {
                "iss": {"essential": True, "value": self.issuer},
                "aud": {"essential": True, "value": self._client_id},
                "nonce": {"essential": True},
            }
            meant = {"nonce": attempt.nonce, "client_id": self._client_id, "access_token": token.get("access_token")}
            claims = CodeIDToken(decoded.claims, decoded.header, wanted, meant)
            claims.validate(leeway=LEEWAY_SECONDS)
        except (JoseError, ValueError, TypeError) as error:
            log.warning("an ID token was refused: %s", type(error).__name__)
            raise ProofInvalid from error
        if not isinstance(claims.get("sub"), str) or not claims["sub"]:
            raise ProofInvalid
        return dict(claims)

    def _user_info(self, token: dict[str, Any], subject: str) -> dict[str, Any]:
        """What the provider tells besides; nothing, where it tells of somebody else or has nothing to tell."""
        told, _ = self._described()
        if "userinfo_endpoint" not in told or not isinstance(token.get("access_token"), str):
            return {}
        bearer = {"Authorization": f"Bearer {token['access_token']}"}
        found = _asked(told["userinfo_endpoint"], bearer)
        return found if found.get("sub") == subject else {}

    def _described(self, anew: bool = False) -> tuple[dict[str, Any], Any]:
        """What the provider says of itself, and its keys."""
        from joserfc.jwk import KeySet

        with self._lock:
            if self._known is None or anew or time.monotonic() - self._known[0] > KEPT_SECONDS:
                told = _asked(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
                endpoints = [told.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
                if told.get("issuer") != self.issuer or not all(map(is_safe, endpoints)):
                    log.error("the identity provider at %s describes another one, or is not safe", self.issuer)
                    raise ProviderAway
                keys = KeySet.import_key_set(_asked(str(told["jwks_uri"])))  # type: ignore[arg-type]
                self._known = (time.monotonic(), told, keys)
            return self._known[1], self._known[2]

    def _client(self, redirect_uri: str) -> Any:
        from authlib.integrations.httpx_client import OAuth2Client

        return OAuth2Client(
            self._client_id,
            self._secret,
            scope=self._scopes,
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
            token_endpoint_auth_method="client_secret_basic" if self._secret else "none",
            timeout=TIMEOUT_SECONDS,
        )


def is_safe(url: object) -> bool:
    """Whether nobody on the way can read or change what is asked there."""
    if not isinstance(url, str):
        return False
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOCAL)


def _asked(url: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
    """The JSON object at an address."""
    import httpx2

    try:
        answer = httpx2.get(url, headers=headers, timeout=TIMEOUT_SECONDS)
        found = answer.raise_for_status().json()
    except (httpx2.HTTPError, ValueError) as error:
        raise _away(error) from error
    if not isinstance(found, dict):
        raise ProviderAway
    return found


def _away(error: Exception) -> ProviderAway:
    log.warning("the identity provider cannot be asked: %s", type(error).__name__)
    return ProviderAway()


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    return value.strip()[:100] if isinstance(value, str) else ""
