"""Other sizes of what is drawn, each one step of undo: instance types, hosts that go, an estate at a provider."""
