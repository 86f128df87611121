"""Backups, comparison, merge."""
