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


def json_of(text: str | bytes, most: int = VALUES_LIMIT, rows: str = "") -> Any:
    """The value of a JSON text. `rows`: the name of a list of objects that is read piece by piece where it is long.
    Raises ValueError for no JSON or nesting too deep, and TooMuchError for too many values."""
    comma, brackets = (b",", (b"[", b"{")) if isinstance(text, bytes) else (",", ("[", "{"))
    if text.count(comma) + sum(map(text.count, brackets)) > most:  # type: ignore[arg-type]
        raise TooMuchError("too many values")
    try:
        whole = _in_pieces(text, rows) if rows and isinstance(text, str) and len(text) > LONG else None
        return json.loads(text) if whole is None else whole
    except RecursionError:
        raise ValueError("nested too deep") from None


LONG, PIECE = 1_000_000, 200
"""A text of more letters is read in pieces of that number of rows: while native code works, no other thread goes on."""
_NEXT = '}, {"'


def _in_pieces(text: str, name: str) -> Any:
    """As `json.loads`, of an object with a list of rows as `json.dumps` writes it; None for any other text. Where a
    text within the rows looks like the end of one, a piece is no JSON."""
    mark = f'"{name}": ['
    begin = text.find(mark + '{"') + len(mark)
    end = text.find("}]", begin)
    if begin < len(mark) or end < 0:
        return None
    rows = text[begin:end].split(_NEXT)
    parts = [_NEXT.join(rows[n : n + PIECE]) for n in range(0, len(rows), PIECE)]
    try:
        read = [row for n, part in enumerate(parts) for row in json.loads(f"[{'' if n == 0 else _NEXT[3:]}{part}}}]")]
        whole = json.loads(text[:begin] + text[end + 1 :])
    except ValueError:
        return None
    if not isinstance(whole, dict) or whole.get(name) != []:
        return None
    whole[name] = read
    return whole


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
