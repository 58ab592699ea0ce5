"""engines/runtimes."""
