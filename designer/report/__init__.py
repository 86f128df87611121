"""A design and what was found out about it, as one document: gathered as data, then written as HTML."""
