"""What people say of scores and claims: self-ratings, requests for review and struck claims."""
