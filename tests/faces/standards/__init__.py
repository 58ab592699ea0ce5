"""Tests of published protocols."""
