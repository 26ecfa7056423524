"""Batches: reports of many people, requested together and made in the background."""
