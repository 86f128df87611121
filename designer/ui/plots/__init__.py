"""Live plots; only this package uses pyqtgraph."""
