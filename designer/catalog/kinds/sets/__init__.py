"""Kinds of the section sets."""
