"""How often a design fails: the reliability structure of each service, its availability, and what one change buys."""
