"""Stories told through the real command, as people tell them."""
