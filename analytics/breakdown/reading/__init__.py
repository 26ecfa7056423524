"""Reading an interview before anybody assesses it: sentences, code, what is withheld and what it costs."""
