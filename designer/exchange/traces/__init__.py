"""Traces from tables: how they are laid out, their cells and times, and what is mended in their loads."""
