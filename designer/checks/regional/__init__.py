"""Checks of what lies in several regions or leaves one: recovery, residency, chains, quorums, traffic."""
