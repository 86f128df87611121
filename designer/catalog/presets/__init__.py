"""Shipped and own presets, blueprints, the manual."""
