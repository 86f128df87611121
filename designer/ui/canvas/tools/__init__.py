"""Mouse and keyboard tools of the canvas."""
