"""What every panel shares: theme, icons, toasts, background work."""
