"""The panel of sweeps."""
