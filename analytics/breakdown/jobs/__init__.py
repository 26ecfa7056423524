"""Regeneration as durable jobs: requested, run, resumed and followed."""
