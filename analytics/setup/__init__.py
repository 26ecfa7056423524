"""Setting up our tables beside the platform's."""
