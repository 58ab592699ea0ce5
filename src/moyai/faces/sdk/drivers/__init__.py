"""Stories that a client tells through the public API alone, as people would."""
