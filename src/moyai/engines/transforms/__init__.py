"""engines/transforms."""
