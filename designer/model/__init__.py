"""The designed model: elements, their boxes, the project and its undo. It knows no Qt, no engine, no file."""
