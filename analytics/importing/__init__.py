"""Bringing interviews in from files."""
