"""Estates from other programs' exports: a reader per format yields one inventory, and one mapper places it."""
