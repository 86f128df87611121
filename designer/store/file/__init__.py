"""The project file: reading, checking, writing."""
