"""The window itself: frame, docks, session, dialogs about the program."""
