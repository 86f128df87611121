"""Places estates that were read from other programs' exports, and brings them up to date."""
