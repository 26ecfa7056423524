"""Messages to the configured webhook, signed according to Standard Webhooks.

Only whoever runs the program sets its address, so it may lie in their own network. Addresses of the machine's
surroundings, which give out a cloud's keys, are refused all the same; no answer is followed elsewhere, read or shown.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import socket
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

import httpx2

from analytics.delivery.errors import DeliveryError
from analytics.delivery.settings import DeliverySettings

_SECONDS: Final = 15.0
# Amazon's, beside the one that is link-local.
_METADATA: Final = ipaddress.ip_address("fd00:ec2::254")


def post(settings: DeliverySettings, message_id: str, at: datetime, body: bytes) -> None:
    """Post a JSON body; raises `DeliveryError` unless it was accepted.

    Whoever receives it knows one that is sent again by its id.
    """
    _refuse_surroundings(settings.webhook_url)
    headers = {"Content-Type": "application/json", "User-Agent": "interview-skill-analytics"}
    headers |= signature(settings.key, message_id, at, body)
    try:
        with (
            httpx2.Client(timeout=_SECONDS, follow_redirects=False, trust_env=False) as client,
            client.stream("POST", settings.webhook_url, content=body, headers=headers) as answer,
        ):
            status = answer.status_code
    except (httpx2.HTTPError, httpx2.InvalidURL):
        raise DeliveryError("The webhook of DIGEST_WEBHOOK_URL cannot be reached.") from None
    if not 200 <= status < 300:
        raise DeliveryError(f"The webhook of DIGEST_WEBHOOK_URL answered {status}.")


def signature(key: bytes | None, message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """Build the headers that identify a message and, with a key, sign it."""
    moment = str(int(at.timestamp()))
    headers = {"webhook-id": message_id, "webhook-timestamp": moment}
    if key is not None:
        signed = hmac.digest(key, f"{message_id}.{moment}.".encode() + body, hashlib.sha256)
        headers["webhook-signature"] = f"v1,{base64.b64encode(signed).decode()}"
    return headers


def _refuse_surroundings(url: str) -> None:
    address = urlsplit(url)
    try:
        found = socket.getaddrinfo(address.hostname, address.port or 443, type=socket.SOCK_STREAM)
    except OSError:
        raise DeliveryError("The host of DIGEST_WEBHOOK_URL is not known.") from None
    for *_, place in found:
        there = ipaddress.ip_address(str(place[0]).partition("%")[0])
        there = getattr(there, "ipv4_mapped", None) or there
        if there.is_link_local or there.is_multicast or there.is_unspecified or there == _METADATA:
            raise DeliveryError("DIGEST_WEBHOOK_URL leads to an address that no webhook may have.")
