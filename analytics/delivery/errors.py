"""Delivery failures."""

from __future__ import annotations


class DeliveryError(Exception):
    """A message that nobody said was accepted, so it is sent again; the text may be shown to the user."""
