"""The manual: tables of kinds, concepts and blueprints, and pictures of the window."""
