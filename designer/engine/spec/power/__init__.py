"""Power and heat of a spec: its records, and the check that they have a meaning."""
