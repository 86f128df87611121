"""What a run tells: its quantities as data, and reading them by element."""
