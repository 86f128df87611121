"""When things happen: the agenda, and how far the figures of each unit are."""
