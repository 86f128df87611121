"""Kinds of the section hardware."""
