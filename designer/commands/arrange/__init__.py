"""Arranging what is selected: aligned, distributed, of one size, in arrays."""
