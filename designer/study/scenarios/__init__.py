"""Scenarios put to the test: a design is run with the events of one, and what that did to it is told."""
