"""Why something was not delivered."""

from __future__ import annotations


class DeliveryError(Exception):
    """Something that has certainly not been taken and may be sent again; the message is fit to show."""


class UncertainDeliveryError(Exception):
    """Something of which nobody can say whether it was taken; the message is fit to show."""
