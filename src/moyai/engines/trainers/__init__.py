"""engines/trainers."""
