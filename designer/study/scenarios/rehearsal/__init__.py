"""Rehearse a change: its steps are played, and between every two of them each remaining host fails once."""
