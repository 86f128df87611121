"""Shipped presets and blueprints, saved ones, and the manual."""
