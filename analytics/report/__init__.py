"""The report one takes away: a page or two about one candidate, as HTML without scripts and as a tagged PDF."""
