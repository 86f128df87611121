"""The drawing: world arrays that follow the project, one item that paints them, one class a gesture."""
