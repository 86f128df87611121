"""Errors that are not the program's fault; their text is a sentence for the user."""

from __future__ import annotations

NO_MEMORY = "There is not enough memory for this. Close other programs, or use a smaller design or file, and try again."


class DesignerError(Exception):
    """The text says what happened, to which element or file, and what to do."""


class RuleError(DesignerError):
    """An edit that the rules of a design forbid; the design is unchanged."""


class FileError(DesignerError):
    """A project file that cannot be read or written; the file is unchanged."""


class SpecError(DesignerError):
    """A simulation input without meaning; nothing was simulated."""


class ImportFileError(DesignerError):
    """A foreign file (CSV ...) that cannot be understood; nothing was imported."""


class ExportFileError(DesignerError):
    """A file for other programs (CSV, Parquet ...) that cannot be written; nothing is left of it."""


class EngineError(DesignerError):
    """The simulation process died or did not answer; the design is untouched."""
