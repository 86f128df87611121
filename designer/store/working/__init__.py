"""The open document: lock, working copy, recovery."""
