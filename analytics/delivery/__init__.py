"""How digests leave the program: by e-mail, or to a webhook."""
