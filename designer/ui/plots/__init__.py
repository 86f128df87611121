"""Live plots; the only place where pyqtgraph is used."""
