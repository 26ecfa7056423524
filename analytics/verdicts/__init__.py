"""What coaches say about a skill of an interview: the verdict that stands beside the judge's score."""
