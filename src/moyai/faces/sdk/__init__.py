"""faces/sdk."""
