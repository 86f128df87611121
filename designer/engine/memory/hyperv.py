"""Hyper-V dynamic memory: each VM has its demand and a buffer above it, within its minimum and maximum."""

from __future__ import annotations

BUFFER = 0.20
"""The buffer of a VM, a fraction of its demand (a book on Hyper-V, issuhub.com; confidence B)."""
WEIGHT = 5000.0
"""The memory weight of a VM (general knowledge; confidence C)."""
