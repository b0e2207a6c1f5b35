"""Simulated offices that speak the real contracts, for demonstrations and for tests."""
