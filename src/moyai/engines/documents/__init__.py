"""engines/documents."""
