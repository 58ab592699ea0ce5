"""Tests of faces/rest."""
