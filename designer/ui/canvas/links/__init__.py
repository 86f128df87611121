"""Bundling and routing links."""
