"""The result of a run: columns, log, blocks to save."""
