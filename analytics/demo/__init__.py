"""The demo: made-up people and their interviews."""
