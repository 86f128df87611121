"""Pictures of the drawing: files, the clipboard, paper."""
