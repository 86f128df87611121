"""Flows of disk operations and traffic through what limits them: volumes, instances, arrays, NICs, uplinks, links."""
