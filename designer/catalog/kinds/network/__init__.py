"""Kinds of the section network."""
