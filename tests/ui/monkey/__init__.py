"""Random mouse and key events on the whole window, while runs go on: `python -m tests.ui.monkey [events] [seed]`."""
