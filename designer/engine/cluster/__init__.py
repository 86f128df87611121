"""Clusters: in which order VMs start, what a cluster does about hosts it does not reach, what it keeps free."""
