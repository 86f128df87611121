"""Storage that is spread over hosts: where its copies are, what a loss costs, and how it is made whole again."""
