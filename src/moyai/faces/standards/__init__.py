"""faces/standards."""
