"""Files and texts from elsewhere: read with a limit, or not at all."""

from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

VALUES_LIMIT = 1_000_000
"""Most values in a JSON text: each takes up to 100 bytes of memory."""

BLOCK = 64 << 10
"""Bytes that are copied at a time."""


class TooMuchError(ValueError):
    """A JSON text of more values than are read; it may be sound."""


def bytes_of(path: Path, most: int) -> bytes:
    """The bytes of a regular file; nothing else is ever waited for. Raises OSError, also for more than `most` bytes."""
    with _regular(path, most) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise _too_large(most)
    return content


def copy(path: Path, target: Path, most: int) -> None:
    """Copy a regular file; nothing else is ever waited for. Raises OSError, also for more than `most` bytes."""
    with _regular(path, most) as file, target.open("wb") as copied:
        while block := file.read(BLOCK):
            copied.write(block)
            if copied.tell() > most:
                raise _too_large(most)


@contextmanager
def _regular(path: Path, most: int) -> Iterator[IO[bytes]]:
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file")
        if found.st_size > most:
            raise _too_large(most)
        yield file


def _too_large(most: int) -> OSError:
    return OSError(errno.EFBIG, f"it is larger than {most:,} bytes")


LETTER_BYTES, VALUE_BYTES = 4, 400
"""Memory that a letter of a text in JSON, and a value in it, takes while it is read, about (370 a value measured)."""


def memory_for(text: str | bytes) -> int:
    """About how much memory it takes to read a text in JSON."""
    return LETTER_BYTES * len(text) + VALUE_BYTES * (text.count(":") if isinstance(text, str) else text.count(b":"))


def json_of(text: str | bytes, most: int = VALUES_LIMIT) -> Any:
    """The value of a JSON text. Raises ValueError for no JSON or nesting too deep, and TooMuchError for too many
    values."""
    comma, brackets = (b",", (b"[", b"{")) if isinstance(text, bytes) else (",", ("[", "{"))
    if text.count(comma) + sum(map(text.count, brackets)) > most:  # type: ignore[arg-type]
        raise TooMuchError("too many values")
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deep") from None


def json_text(values: Mapping[str, Any]) -> str:
    """JSON with a line for each value: a value deep in lists takes no space for its depth.

    Text stays as it is, so what was read is not written longer; where it holds half a character, it is escaped.
    """
    for ascii_only in (False, True):
        lines = [f"{json.dumps(name, ensure_ascii=ascii_only)}: {json.dumps(values[name], ensure_ascii=ascii_only)}"
                 for name in sorted(values)]  # fmt: skip
        text = "{\n" + ",\n".join(lines) + "\n}"
        if not any("\ud800" <= c <= "\udfff" for c in text):
            break
    return text
