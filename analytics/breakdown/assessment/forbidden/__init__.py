"""What is never said of a candidate, a module for each kind."""
