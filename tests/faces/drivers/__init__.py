"""Stories that a client tells."""
