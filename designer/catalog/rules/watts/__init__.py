"""Power and heat of a design: what draws watts, what bridges outages, what becomes warm."""
