"""What all panels share: theme, icons, toasts, background work."""
