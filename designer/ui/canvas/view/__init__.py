"""The view on the drawing: camera, overlay, tips."""
