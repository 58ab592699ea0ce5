"""faces/portal."""
