"""Coaching: notes, next steps and goals. Nothing is overwritten."""
