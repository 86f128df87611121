"""Kinds of the section storage."""
