"""faces/rest."""
