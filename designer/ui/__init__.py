"""The window: reads the model, writes only through commands."""
