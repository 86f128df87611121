"""Starting, steering and reading runs."""
