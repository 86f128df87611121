"""Requests and traffic of a run: at a moment, for the drawing, and as sums, for its table."""
