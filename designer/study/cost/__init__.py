"""What a design costs a month: lines with price, source and mark, and their sums."""
