"""What the user decides of the program: keys, texts, motion; and what is told of the program in a report."""
