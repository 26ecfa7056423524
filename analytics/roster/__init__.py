"""The list of candidates, and the summaries it is read from."""
