"""Tests of faces/cli."""
