"""What becomes of services and the bill when parameters of a design vary over a grid."""
