"""Delivery failures."""

from __future__ import annotations


class DeliveryError(Exception):
    """A message that was certainly not accepted and may be sent again; the text may be shown to the user."""


class UncertainDeliveryError(Exception):
    """A message that may or may not have been accepted; the text may be shown to the user."""
