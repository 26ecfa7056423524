"""Reads an interview before it is assessed: sentences, code, redaction and cost."""
