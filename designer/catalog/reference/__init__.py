"""Reference data of providers."""
