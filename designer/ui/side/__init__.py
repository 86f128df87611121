"""The panels beside the drawing: palette, outline, history."""
