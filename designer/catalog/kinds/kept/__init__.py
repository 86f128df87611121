"""Kinds of the section kept."""
