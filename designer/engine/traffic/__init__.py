"""What goes from where to where: traffic of VMs, and requests to services with their answers."""
