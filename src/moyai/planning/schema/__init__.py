"""Shapes of planning that travel: what is declared, and what is kept."""
