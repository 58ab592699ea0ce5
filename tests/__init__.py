"""Tests: they mirror src/moyai, plus journeys, engines (conformance), house (contracts, sizes, docs) and fakes."""
