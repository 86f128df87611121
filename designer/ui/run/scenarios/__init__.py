"""The panel of scenarios: their events on a time line, and what each does to the design."""
