"""What coach and candidate write down: notes, next steps and goals. Nothing is overwritten."""
