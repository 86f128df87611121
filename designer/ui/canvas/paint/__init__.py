"""Painting the arrays."""
