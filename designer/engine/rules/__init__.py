"""What happens to elements at an instant: failing, restarting, placing, waiting."""
