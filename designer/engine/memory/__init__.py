"""Who gets a host's memory when its VMs have more than it has: one module for each hypervisor's own rule.

Arrays hold a number for each VM of one host; all amounts are MiB.
"""
