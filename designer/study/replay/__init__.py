"""Published outages played as designs and scenarios, and what was said compared with what happened."""
