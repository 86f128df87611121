"""Saving presets and blueprints of one's own."""
