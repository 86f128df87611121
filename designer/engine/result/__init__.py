"""What a run leaves behind: columns, log, blocks to save."""
