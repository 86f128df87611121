"""Linux under KVM: equal pages are merged, then the host swaps what is idle, then it kills (mm/oom_kill.c)."""

from __future__ import annotations

MERGE_FRACTION, MERGE_MIB = 0.20, 2048.0
"""Pages are merged once less than 20% of the host, and less than 2 GiB, is left (ksmtuned.conf; confidence A)."""
