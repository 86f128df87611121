"""Cloud Designer: draw a cloud and find out whether it holds."""

__version__ = "0.1.0"
