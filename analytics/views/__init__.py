"""Use cases: what a page, a route or the library shows, one function each."""
