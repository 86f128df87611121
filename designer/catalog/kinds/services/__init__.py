"""Kinds of the section services."""
