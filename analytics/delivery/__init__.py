"""Delivery of digests by e-mail or webhook."""
