"""Import of interviews from files."""
