"""Tests for drift: a window of recent rows beside the rows that a model learned from."""
