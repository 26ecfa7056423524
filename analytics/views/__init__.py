"""What a page, a route or the library shows: one function per use case, assembled once."""
