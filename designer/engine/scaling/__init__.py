"""How groups change the number of their instances: policies as plain functions, and what wakes them in a run."""
