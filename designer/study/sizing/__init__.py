"""The sizes that would do: instance types and hosts after a run, and what an estate becomes at a provider."""
