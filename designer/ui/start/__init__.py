"""What stands in place of an empty drawing at the start: recent files, blueprints, a tour."""
