"""faces/sdk/drivers."""
