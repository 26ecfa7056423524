"""Digests: what is new since somebody was told last, put into words and sent, each once."""
