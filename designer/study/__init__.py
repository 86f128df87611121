"""The design put to the test: from project to spec, the run in the background, summaries."""
