"""The demo: people whose interviews are made up."""
