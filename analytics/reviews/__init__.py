"""What people say about scores and claims: self-ratings, review requests, struck claims."""
