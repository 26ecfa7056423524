"""Digests: what is new since a person was last told, put into words and sent once."""
