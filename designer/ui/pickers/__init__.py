"""Dialogs that choose from a catalog or place many elements."""
