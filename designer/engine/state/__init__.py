"""The changing side of a run."""
