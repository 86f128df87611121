"""Saving presets and blueprints."""
