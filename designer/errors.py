"""What can go wrong through no fault of the program: errors whose text is a sentence for the user."""

from __future__ import annotations


class DesignerError(Exception):
    """The world's fault: the text says what happened, to which element or file, and what to do."""


class RuleError(DesignerError):
    """An edit that the rules of a design forbid; the design is as it was."""


class FileError(DesignerError):
    """A project file that cannot be read or written; the file is as it was."""


class SpecError(DesignerError):
    """A simulation input that has no meaning; nothing was simulated."""


class ImportFileError(DesignerError):
    """A foreign file (CSV ...) that cannot be understood; nothing was imported."""


class EngineError(DesignerError):
    """The simulation process died or did not answer; the design is untouched."""
