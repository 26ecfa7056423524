"""How far a judge can be trusted: agreement with people, and an audit with answers of equal content."""
