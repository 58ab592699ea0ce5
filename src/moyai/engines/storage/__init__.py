"""engines/storage."""
