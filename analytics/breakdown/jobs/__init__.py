"""Regenerating as durable jobs: requested, run, resumed and told."""
