"""The drawing as arrays that follow the project."""
