"""Puts the design to the test: from project to spec, the run in the background, summaries."""
