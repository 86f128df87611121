"""What a user does: plain functions, each one step of undo."""
