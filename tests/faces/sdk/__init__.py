"""Tests of faces/sdk."""
