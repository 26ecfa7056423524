"""Verdicts: what coaches say about a skill of an interview, beside the judge's score."""
