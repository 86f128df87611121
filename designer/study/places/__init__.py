"""Where users live and what that means: how long they wait, and which region is best for them."""
