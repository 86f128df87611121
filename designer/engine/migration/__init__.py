"""Live migration as figures: how long a copy of memory takes, and how long the VM stands still for it."""
