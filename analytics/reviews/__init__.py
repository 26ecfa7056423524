"""What people say about scores and claims: how they rate themselves, what they see differently, what is wrong."""
