"""Demand, sharing rules and integrals: the hot loops."""
