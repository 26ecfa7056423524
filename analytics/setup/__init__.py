"""Set-up of our tables beside the platform's."""
