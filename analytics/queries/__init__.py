"""The statements behind the pages."""
