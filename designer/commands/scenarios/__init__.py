"""What a user does with the scenarios of a design."""
