"""Who is looking and what they may see: sign-in, roles, tokens, the audit trail and personal data."""
