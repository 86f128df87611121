"""The kinds, by palette section."""
