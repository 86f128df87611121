"""What is designed: elements, their boxes, the project and its undo; knows no Qt, no engine, no file."""
