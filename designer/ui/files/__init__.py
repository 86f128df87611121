"""Opening, saving, comparing, merging, importing and sharing designs."""
