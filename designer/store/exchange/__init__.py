"""Text dumps, shared copies, the library."""
