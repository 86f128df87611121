"""The form of the selection, generated from the fields of its kind."""
