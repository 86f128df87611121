"""What a design costs, beside the drawing: areas, a table, and the price of each line."""
