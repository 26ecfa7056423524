"""How far a judge may be trusted: its levels beside those of people, and pairs of answers of equal content."""
