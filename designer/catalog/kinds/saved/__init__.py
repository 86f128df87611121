"""Kinds of what is saved for use again: presets, blueprints, traces."""
