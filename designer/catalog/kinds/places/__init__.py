"""Kinds of the section places."""
