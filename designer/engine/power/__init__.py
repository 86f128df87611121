"""Power and heat: watts of data centers, loads of feeds, UPSs and generators, temperatures of halls."""
