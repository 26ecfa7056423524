"""One candidate: trends per skill and what to work on next."""
