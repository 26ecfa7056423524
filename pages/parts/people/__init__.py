"""The tabs of the People page."""
