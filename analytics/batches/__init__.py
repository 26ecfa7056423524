"""Reports of many people, asked for once and made in the background."""
