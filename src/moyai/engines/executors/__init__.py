"""engines/executors."""
