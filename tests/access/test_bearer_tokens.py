"""Bearer tokens of both kinds: what is accepted, and everything that is not."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey

from analytics.access.bearer_tokens import (
    REFETCH_AFTER,
    Keys,
    KeysUnavailableError,
    PlatformToken,
    ProviderToken,
    TokenError,
    TokenVerifier,
)
from analytics.settings import Settings
from tests.support.api_client import SETTINGS, Provider, platform_token
from tests.support.world import AUDIENCE, ISSUER, JWKS, SECRET


class FromNow(int):
    """Seconds from the moment a test runs, which may be long after this file was read."""


def timed(claims: dict[str, Any]) -> dict[str, Any]:
    now = int(time.time())
    return {name: now + value if isinstance(value, FromNow) else value for name, value in claims.items()}


@pytest.fixture(scope="module")
def provider() -> Provider:
    return Provider()


@pytest.fixture
def verifier(provider: Provider) -> TokenVerifier:
    provider.status = 200
    return TokenVerifier(SETTINGS, Keys(JWKS, provider.transport))


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def forged(header: dict[str, Any], claims: dict[str, Any], key: bytes = b"") -> str:
    """A token put together by hand, signed with HMAC over any bytes, as an attacker would."""
    signed = f"{part(header)}.{part(claims)}"
    signature = base64.urlsafe_b64encode(hmac.new(key, signed.encode(), hashlib.sha256).digest()) if key else b""
    return f"{signed}.{signature.decode().rstrip('=')}"


def test_both_kinds_of_token_are_read(verifier: TokenVerifier, provider: Provider) -> None:
    assert verifier.verify(platform_token(11)) == PlatformToken(11)
    assert verifier.verify(platform_token(11, **timed({"type": "access", "exp": FromNow(-30)}))) == PlatformToken(11)
    for kid in ("rsa-1", "ec-1"):
        read = verifier.verify(provider.token("subject", kid=kid, email="a@example.org", email_verified=True))
        assert isinstance(read, ProviderToken)
        assert (read.issuer, read.subject, read.email, read.email_verified) == (
            ISSUER,
            "subject",
            "a@example.org",
            True,
        )
        assert abs(read.issued_at.timestamp() - time.time()) < 60
    several = verifier.verify(provider.token("subject", aud=["other", AUDIENCE], email_verified="true"))
    assert isinstance(several, ProviderToken)
    # Only the JSON value true verifies an e-mail.
    assert (several.email, several.email_verified) == (None, False)


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": None},
        {"exp": FromNow(-120)},
        {"exp": "tomorrow"},
        {"exp": float("nan")},
        {"nbf": FromNow(120)},
        {"iat": FromNow(120)},
        {"type": "refresh"},
    ],
)
def test_platform_tokens_out_of_time_or_for_something_else_are_refused(
    verifier: TokenVerifier, claims: dict[str, Any]
) -> None:
    with pytest.raises(TokenError):
        verifier.verify(platform_token(11, **timed(claims)))


@pytest.mark.parametrize("subject", ["", "0", "-1", "11.0", "eleven", "99999999999", "２", "11 or 1=1"])
def test_platform_tokens_that_name_no_user_are_refused(verifier: TokenVerifier, subject: str) -> None:
    with pytest.raises(TokenError):
        verifier.verify(platform_token(subject))


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": None},
        {"iss": ISSUER + "/"},
        {"iss": [ISSUER]},
        {"aud": None},
        {"aud": "other"},
        {"aud": []},
        {"exp": None},
        {"exp": FromNow(-120)},
        {"nbf": FromNow(120)},
        {"iat": None},
        {"iat": FromNow(120)},
        {"iat": -(10**30)},
        {"sub": None},
        {"sub": 11},
    ],
)
def test_provider_tokens_with_a_wrong_claim_are_refused(
    verifier: TokenVerifier, provider: Provider, claims: dict[str, Any]
) -> None:
    with pytest.raises(TokenError):
        verifier.verify(provider.token("subject", **timed(claims)))


@pytest.mark.parametrize("kind", ["JWT", "", "at+jwt+x"])
def test_an_id_token_is_no_access_token(verifier: TokenVerifier, provider: Provider, kind: str) -> None:
    with pytest.raises(TokenError, match=r"at\+jwt"):
        verifier.verify(provider.token("subject", header={"typ": kind}))
    assert verifier.verify(provider.token("subject", header={"typ": "application/AT+JWT"}))


def test_alg_none_and_algorithms_off_the_list_are_refused(verifier: TokenVerifier, provider: Provider) -> None:
    claims = timed({"sub": "11", "exp": FromNow(600), "iat": FromNow(0), "iss": ISSUER, "aud": AUDIENCE})
    for algorithm in ("none", "None", "nOnE", "", "HS384", "HS512", "PS256", "EdDSA"):
        with pytest.raises(TokenError):
            verifier.verify(forged({"alg": algorithm, "typ": "at+jwt"}, claims))
    with pytest.raises(TokenError):
        verifier.verify(platform_token(11, algorithm="HS512"))
    private = provider.keys.get_by_kid("rsa-1")
    with pytest.raises(TokenError):
        verifier.verify(jwt.encode({"alg": "RS512", "kid": "rsa-1", "typ": "at+jwt"}, claims, private, ["RS512"]))


def test_a_public_key_is_no_shared_secret(verifier: TokenVerifier, provider: Provider) -> None:
    """The classic confusion: the provider's public key, taken for the secret of HS256."""
    public = provider.keys.get_by_kid("rsa-1")
    claims = timed({"sub": "31", "exp": FromNow(600), "iat": FromNow(0), "iss": ISSUER, "aud": AUDIENCE})
    assert isinstance(public, RSAKey)
    without_secret = TokenVerifier(
        Settings(oidc_issuer=ISSUER, oidc_audience=AUDIENCE, oidc_jwks_url=JWKS), Keys(JWKS, provider.transport)
    )
    for key in (public.as_pem(private=False), public.as_der(private=False), json.dumps(public.as_dict()).encode()):
        for header in ({"alg": "HS256"}, {"alg": "HS256", "kid": "rsa-1", "typ": "at+jwt"}):
            for checked in (verifier, without_secret):
                with pytest.raises(TokenError):
                    checked.verify(forged(header, claims, key))
    # And the other way round: a secret in the provider's key set signs nothing.
    leaked = Provider()
    leaked.keys = KeySet([OctKey.import_key(SECRET, {"kid": "rsa-1"})])
    with pytest.raises((TokenError, KeysUnavailableError)):
        TokenVerifier(SETTINGS, Keys(JWKS, leaked.transport)).verify(
            forged({"alg": "RS256", "kid": "rsa-1", "typ": "at+jwt"}, claims, SECRET.encode())
        )


def test_keys_in_the_token_itself_are_not_believed(verifier: TokenVerifier) -> None:
    own = RSAKey.generate_key(2048, {"kid": "rsa-1"})
    claims = timed({"sub": "31", "exp": FromNow(600), "iat": FromNow(0), "iss": ISSUER, "aud": AUDIENCE})
    for more in ({}, {"jwk": own.as_dict(private=False)}, {"jku": "https://attacker.example/jwks"}):
        token = jwt.encode({"alg": "RS256", "kid": "rsa-1", "typ": "at+jwt"} | more, claims, own, ["RS256"])
        with pytest.raises(TokenError):
            verifier.verify(token)


def test_a_changed_or_garbled_token_is_refused(verifier: TokenVerifier) -> None:
    header, claims, signature = platform_token(11).split(".")
    admin = part(timed({"sub": "31", "exp": FromNow(600)}))
    deep = part([]) + "." + base64.urlsafe_b64encode(b"[" * 9000).decode()
    for token in (
        f"{header}.{admin}.{signature}", f"{header}.{claims}.", f"{header}.{claims}", header, "", ".", "..", "a.b.c",
        "\u00e9.\u00e9.\u00e9", f"{part('alg')}.{claims}.{signature}", f"{part({'alg': 7})}.{claims}.{signature}",
        deep, "x" * 20_000, platform_token(11, secret="another secret of the same length as ours"),
    ):  # fmt: skip
        with pytest.raises(TokenError):
            verifier.verify(token)


def test_nothing_configured_lets_nobody_in(provider: Provider) -> None:
    closed = TokenVerifier(Settings())
    for token in (platform_token(31), provider.token("subject"), forged({"alg": "none"}, {"sub": "31"})):
        with pytest.raises(TokenError):
            closed.verify(token)


class Clock:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def test_keys_are_kept_and_a_rotated_one_is_found_with_one_fetch_in_half_a_minute() -> None:
    provider, clock = Provider(), Clock()
    verifier = TokenVerifier(SETTINGS, Keys(JWKS, provider.transport, clock))
    for _ in range(3):
        verifier.verify(provider.token("subject"))
    assert provider.asked == 1
    old = provider.token("subject")
    provider.keys = KeySet([RSAKey.generate_key(2048, {"kid": "rsa-2", "use": "sig"})])
    clock.seconds += REFETCH_AFTER + 1
    assert verifier.verify(provider.token("subject", kid="rsa-2"))
    assert provider.asked == 2
    # Unknown key ids by the hundred cost no more than that one fetch.
    for place in range(100):
        with pytest.raises(TokenError):
            verifier.verify(provider.token("subject", kid="rsa-2", header={"kid": f"made up {place}"}))
    with pytest.raises(TokenError):
        verifier.verify(old)
    assert provider.asked == 2


def test_an_unreachable_provider_is_told_apart_from_a_bad_token() -> None:
    provider, clock = Provider(), Clock()
    provider.status = 503
    verifier = TokenVerifier(SETTINGS, Keys(JWKS, provider.transport, clock))
    with pytest.raises(KeysUnavailableError):
        verifier.verify(provider.token("subject"))
    # The platform's own tokens do not need the provider.
    assert verifier.verify(platform_token(11)) == PlatformToken(11)
    provider.status = 200
    clock.seconds += REFETCH_AFTER + 1
    assert verifier.verify(provider.token("subject"))
    # Once had, the keys last through an outage.
    provider.status = 503
    clock.seconds += 10_000
    assert verifier.verify(provider.token("subject"))


@pytest.mark.parametrize("answer", [b"", b"[]", b"{}", b'{"keys": 7}', b'{"keys": [7, {"kty": "RSA"}]}', b"<html>"])
def test_an_answer_without_usable_keys_is_no_answer(answer: bytes) -> None:
    transport = httpx2.MockTransport(lambda _request: httpx2.Response(200, content=answer))
    with pytest.raises(KeysUnavailableError):
        Keys(JWKS, transport).current()


def test_weak_keys_and_keys_for_other_uses_are_passed_over() -> None:
    provider = Provider()
    provider.keys = KeySet(
        [
            RSAKey.generate_key(2048, {"kid": "good", "use": "sig"}),
            RSAKey.generate_key(2048, {"kid": "encryption", "use": "enc"}),
            ECKey.generate_key("P-384", {"kid": "curve", "use": "sig"}),
        ]
    )
    assert [key.kid for key in Keys(JWKS, provider.transport).current()] == ["good"]
