"""What a user does: plain functions, each one undo step."""
