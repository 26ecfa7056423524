"""Access control: sign-in, roles, tokens, the audit trail and personal data."""
