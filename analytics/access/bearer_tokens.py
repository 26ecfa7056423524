"""Bearer tokens: the platform's, signed with a shared secret, and an OpenID provider's, signed with its keys.

The algorithm that a token names chooses the rules: HS256 is only ever checked with the shared secret, RS256 and ES256
only ever with the provider's published keys, and nothing else is looked at.
"""

from __future__ import annotations

import binascii
import json
import threading
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx2
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import ECKey, Key, KeySet, OctKey, RSAKey

from analytics.columns import LARGEST_ID
from analytics.settings import Settings

LEEWAY: Final = 60
PROVIDER_ALGORITHMS: Final = ("RS256", "ES256")
# Keys are fetched again after an hour, and at most once in half a minute for a key id that is not among them.
KEYS_LAST: Final = 3600.0
REFETCH_AFTER: Final = 30.0
# For how long the platform's tokens may last that do not say when they were issued.
_LONGEST_LIFE: Final = timedelta(days=1)
_LAST_SECOND: Final = 253_402_300_799
_LONGEST_TOKEN: Final = 16_384
_LARGEST_DOCUMENT: Final = 1_000_000


class TokenError(Exception):
    """A token that is not valid; the message says why and may be shown to the user."""


class KeysUnavailableError(RuntimeError):
    """The provider's keys cannot be fetched, so its tokens can be neither accepted nor refused."""


@dataclass(frozen=True, slots=True)
class PlatformToken:
    """The platform's claim about who somebody is, and when it was issued.

    A token that does not say when it was issued (`says_when`) counts as a day old when it ends.
    """

    user_id: int
    issued_at: datetime = field(default=datetime.max.replace(tzinfo=UTC), compare=False)
    says_when: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class ProviderToken:
    """The provider's claim about who somebody is; `email` is None where the token has none."""

    issuer: str
    subject: str
    email: str | None
    email_verified: bool
    issued_at: datetime


class Keys:
    """The provider's published keys, fetched when needed and cached; safe to use from several threads."""

    def __init__(
        self,
        address: str,
        transport: httpx2.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Read the keys at this address; `transport` and `clock` are the seams for tests."""
        self._address = address
        self._transport = transport
        self._clock = clock
        self._lock = threading.Lock()
        self._keys: KeySet | None = None
        self._fetched_at = 0.0
        self._tried_at: float | None = None

    def current(self) -> KeySet:
        """Return the keys, or the cached ones while the provider cannot be reached.

        Raises `KeysUnavailableError` when there are none at all.
        """
        keys = self._keys
        if keys is None or self._clock() - self._fetched_at > KEYS_LAST:
            with self._lock:
                self._fetch()
                keys = self._keys
        if keys is None:
            raise KeysUnavailableError("The sign-in provider's keys cannot be reached. Try again in a moment.")
        return keys

    def again(self) -> KeySet:
        """Fetch the keys again, unless they were fetched a moment ago, and return them."""
        with self._lock:
            self._fetch()
        return self.current()

    def _fetch(self) -> None:
        if self._tried_at is not None and self._clock() - self._tried_at < REFETCH_AFTER:
            return
        self._tried_at = self._clock()
        try:
            with httpx2.Client(transport=self._transport, timeout=5, follow_redirects=False) as client:
                answer = client.get(self._address, headers={"Accept": "application/json"})
            answer.raise_for_status()
            document = answer.json() if len(answer.content) <= _LARGEST_DOCUMENT else {}
            usable: list[Key] = [key for entry in document["keys"] if (key := _usable(entry)) is not None]
        except (httpx2.HTTPError, ValueError, KeyError, TypeError):
            return
        if usable:
            self._keys, self._fetched_at = KeySet(usable), self._clock()


def _usable(entry: Any) -> RSAKey | ECKey | None:
    """Import a key that may check signatures; other kinds are passed over, as RFC 7517 asks."""
    if not isinstance(entry, dict) or entry.get("use", "sig") != "sig":
        return None
    try:
        if entry.get("kty") == "RSA":
            key = RSAKey.import_key(entry)
            return key if key.public_key.key_size >= 2048 else None
        if entry.get("kty") == "EC" and entry.get("crv") == "P-256":
            return ECKey.import_key(entry)
    except (JoseError, ValueError, TypeError):
        pass
    return None


class TokenVerifier:
    """Verifies tokens by the methods that the settings configure; without any, every token is refused."""

    def __init__(self, settings: Settings, keys: Keys | None = None) -> None:
        """Take the rules from the settings; `keys` stands in for the provider's in tests."""
        shared = settings.platform_jwt_secret
        self._secret = None if shared is None else OctKey.import_key(shared.get_secret_value())
        self._provider: _Provider | None = None
        if settings.oidc_issuer and settings.oidc_audience and settings.oidc_jwks_url:
            keys = keys or Keys(settings.oidc_jwks_url)
            self._provider = _Provider(settings.oidc_issuer, settings.oidc_audience, keys)

    def verify(self, token: str) -> PlatformToken | ProviderToken:
        """Verify a token; raises `TokenError`, or `KeysUnavailableError` if it cannot be verified now."""
        if len(token) > _LONGEST_TOKEN:
            raise TokenError("The token is too long.")
        algorithm = _algorithm(token)
        if algorithm == "HS256" and self._secret is not None:
            return self._platform(token, self._secret)
        if algorithm in PROVIDER_ALGORITHMS and self._provider is not None:
            return self._provider.check(token, algorithm)
        raise TokenError("The token is signed in a way that this program does not accept.")

    @staticmethod
    def _platform(token: str, secret: OctKey) -> PlatformToken:
        claims = _decode(token, secret, "HS256").claims
        _check(claims, jwt.JWTClaimsRegistry(leeway=LEEWAY, exp={"essential": True}, sub={"essential": True}))
        if claims.get("type", "access") != "access":
            raise TokenError("The token is not for access.")
        subject: str = claims["sub"]
        if not (subject.isascii() and subject.isdigit() and len(subject) <= 10 and 0 < int(subject) <= LARGEST_ID):
            raise TokenError("The token names no user.")
        issued_at = claims.get("iat")
        if isinstance(issued_at, int | float):
            return PlatformToken(int(subject), _moment(issued_at), says_when=True)
        return PlatformToken(int(subject), _moment(min(claims["exp"], _LAST_SECOND)) - _LONGEST_LIFE)


@dataclass(frozen=True, slots=True)
class _Provider:
    issuer: str
    audience: str
    keys: Keys

    def check(self, token: str, algorithm: str) -> ProviderToken:
        try:
            decoded = _decode(token, self.keys.current(), algorithm)
        except InvalidKeyIdError:
            try:
                decoded = _decode(token, self.keys.again(), algorithm)
            except InvalidKeyIdError:
                raise TokenError("The token is signed with a key that the provider does not publish.") from None
        kind = str(decoded.header.get("typ", "")).lower().removeprefix("application/")
        if kind != "at+jwt":
            raise TokenError("The token is not an access token (its typ is not at+jwt).")
        claims = decoded.claims
        required = jwt.JWTClaimsRegistry(
            leeway=LEEWAY,
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": self.audience},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
        )
        _check(claims, required)
        email = claims.get("email")
        return ProviderToken(
            issuer=claims["iss"],
            subject=claims["sub"],
            email=email if isinstance(email, str) else None,
            email_verified=claims.get("email_verified") is True,
            issued_at=_moment(claims["iat"]),
        )


def _algorithm(token: str) -> str:
    """Read which algorithm a token names, before anything in it is believed."""
    header = token.split(".", 1)[0]
    try:
        read = json.loads(urlsafe_b64decode(header + "=" * (-len(header) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        raise TokenError("This is not a token.") from None
    named = read.get("alg") if isinstance(read, dict) else None
    return named if isinstance(named, str) else ""


def _decode(token: str, key: OctKey | KeySet, algorithm: str) -> jwt.Token:
    try:
        return jwt.decode(token, key, algorithms=[algorithm])
    except InvalidKeyIdError:
        raise
    except (JoseError, ValueError, TypeError, RecursionError):
        raise TokenError("The token's signature does not hold.") from None


def _check(claims: dict[str, Any], registry: jwt.JWTClaimsRegistry) -> None:
    try:
        registry.validate(claims)
    except (JoseError, OverflowError) as error:
        what = getattr(error, "claim", None) or "a claim"
        raise TokenError(f"The token does not hold: {what} is missing, wrong or out of time.") from None


def _moment(seconds: float) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        raise TokenError("The token does not hold: iat is no time.") from None
