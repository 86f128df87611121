"""Import and export of other tools' files: one module a format."""
