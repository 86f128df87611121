"""The unchanging side of a run: flat tables made once from a checked spec."""
