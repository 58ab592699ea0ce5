"""Stand-ins for the world, for tests."""
