"""The report: one or two pages about one candidate, as HTML without scripts and as a tagged PDF."""
