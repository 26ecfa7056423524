"""The roster: the list of candidates, and the summaries behind it."""
