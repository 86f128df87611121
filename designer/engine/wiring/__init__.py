"""The network between units: what hangs on which devices, and who reaches whom."""
