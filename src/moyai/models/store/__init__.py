"""Every query of models, by noun."""
