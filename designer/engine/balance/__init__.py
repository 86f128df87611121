"""Who moves VMs between the hosts of a cluster without being asked: balancers, and the power switch of empty hosts."""
