"""Interview skills: how they develop, with the evidence, over an interview platform's database."""
