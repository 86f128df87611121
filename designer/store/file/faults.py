"""Sentences about files: what happened and what to do."""

from __future__ import annotations

import errno
import os
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from designer.errors import FileError
from designer.store.file.schema import APPLICATION_ID, MAGIC
from designer.words import mark, tr

_REASONS = {
    errno.ENOSPC: mark("the disk is full"),
    errno.EDQUOT: mark("your quota of disk space is used up"),
    errno.EFBIG: mark("the file would be larger than allowed here"),
    errno.EACCES: mark("you have no permission there"),
    errno.EPERM: mark("you have no permission there"),
    errno.EROFS: mark("the disk is read-only"),
    errno.ENOENT: mark("it does not exist"),
    errno.EEXIST: mark("a file is where a folder must be"),
    errno.ENOTDIR: mark("its folder is not a folder"),
    errno.ENAMETOOLONG: mark("its name is too long"),
    errno.ELOOP: mark("it is a link that leads back to itself"),
}


def shown(name: Path | str, most: int = 300) -> str:
    """A name as it can stand in a sentence: unprintable characters are replaced, the middle of a long name is left
    out."""
    text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in str(name))
    return text if len(text) <= most else f"{text[: most // 2]}…{text[-most // 2 :]}"


def reason(error: OSError | ValueError) -> str:
    """Why the operating system refused, as part of a sentence."""
    if not isinstance(error, OSError):
        return tr("its name is no valid file name")
    said = tr(_REASONS.get(error.errno or 0, "")) or error.strerror
    return said[:1].lower() + said[1:] if said else str(error)


def damaged(path: Path, what: str) -> FileError:
    """The error for a file that is ours and damaged."""
    return FileError(tr("{0} is damaged: {1}. Look for a backup of it.", shown(path.name), what))


def unreadable(path: Path, error: OSError | ValueError) -> FileError:
    """The error for a file that the operating system does not let us read."""
    return FileError(tr("{0} cannot be read: {1}. Check the name, or choose another file.", shown(path), reason(error)))


def unsaved(path: Path, why: str) -> FileError:
    """The error for a place where nothing can be saved."""
    return FileError(tr("{0} was not saved: {1}. Save it under another name or in another place.", shown(path), why))


def is_design(path: Path) -> bool:
    """Whether a file begins as a project file does."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        head = file.read(72)
    return head.startswith(MAGIC) and head[68:72] == APPLICATION_ID.to_bytes(4, "big")


def must_take(path: Path) -> None:
    """Raise FileError where a file for other programs cannot be written, before long work for it; a device or a pipe,
    too, which a file that is written whole would replace, and a design."""
    try:
        if path.is_dir():
            why = tr("it is a folder")
        elif path.exists() and not path.is_file():
            why = tr("it is a device or a pipe")
        elif not path.parent.is_dir():
            why = tr("its folder does not exist")
        elif is_design(path):
            why = tr("it is a design, which would be lost")
        elif not os.access(path if path.exists() else path.parent, os.W_OK):
            why = tr("the file is read-only") if path.exists() else tr("its folder is read-only")
        else:
            return
    except (OSError, ValueError) as error:
        why = reason(error)
    raise FileError(tr("{0} cannot be written: {1}. Choose another place.", shown(path), why))


def must_make(path: Path) -> None:
    """Raise FileError where a design would be written over a file that is none, such as one that it is made of."""
    if path.is_file() and path.stat().st_size and not is_design(path):
        raise FileError(tr("{0} is no design, and would be lost. Choose another name for the design.", shown(path)))


@contextmanager
def memory_told(path: Path, done: Literal["opened", "saved"]) -> Iterator[None]:
    """Raise FileError where memory runs out while a file is opened or saved."""
    try:
        yield
    except MemoryError as error:
        traceback.clear_frames(error.__traceback__)  # what was read is room for the sentence
        name = shown(path.name)
        raise FileError(
            tr("{0} was not opened: it needs more memory than available. Close other programs and try again.", name)
            if done == "opened"
            else tr("{0} was not saved: it needs more memory than available. Save it again when there is more.", name)
        ) from None
