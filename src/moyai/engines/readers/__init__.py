"""engines/readers."""
