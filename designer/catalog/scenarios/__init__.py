"""Scenarios: named lists of timed events, what each does, which elements a rule means, and those that ship."""
