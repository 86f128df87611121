"""Noisy neighbors: what VMs of a run lose because of whom, asked of the engine's process and told in words."""
