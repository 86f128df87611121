"""The one way to a terminal: foreign text (names, cells, sentences about them) never moves its cursor."""

from __future__ import annotations

import contextlib
import math
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from types import FrameType
from typing import Any, NoReturn, TextIO

import click

EXIT_NOT_WRITTEN = 3
"""The code of a program whose output cannot be written."""
UNLINK = click.option(
    "--unlink", is_flag=True, help="Write also where the file has other names (hard links), which keep the old state."
)
UNLINKS = "The option --unlink saves under this name only."


class NumberRange(click.FloatRange):
    """A number within limits; nan, which is neither below nor above any, is refused."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number of what was written."""
        number = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail(f"{value} is no number.", param, ctx)
        return number


def plain(text: object) -> str:
    """One line of text; escapes, line ends, marks of direction and what else cannot be shown are replaced."""
    line = str(text)
    if line.isprintable():
        return line
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line)


def say(text: object, err: bool = False) -> None:
    """Print one line; where it cannot be written (a full disk), stop with a sentence."""
    try:
        click.echo(plain(text), err=err)
    except BrokenPipeError:  # a reader that saw enough: the end is quiet
        raise
    except OSError as error:
        _drop(sys.stderr if err else sys.stdout)
        if err:
            raise SystemExit(EXIT_NOT_WRITTEN) from None
        stop(f"the output cannot be written: {(error.strerror or str(error)).lower()}.", EXIT_NOT_WRITTEN)


def _drop(stream: TextIO) -> None:
    """Send what a stream still holds nowhere, so that the end of the program does not fail at it again."""
    with contextlib.suppress(OSError, ValueError), open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), stream.fileno())


def say_lines(lines: Iterable[str]) -> None:
    """Print lines."""
    for line in lines:
        say(line)


def warn(sentence: object) -> None:
    """Print a sentence of the program on standard error."""
    say(f"cloud-designer: {sentence}", err=True)


def stop(sentence: object, code: int) -> NoReturn:
    """Print why the program stops, and exit with a code."""
    warn(sentence)
    raise SystemExit(code)


def progress(text: str) -> None:
    """Print the progress of long work over the earlier line; only on a terminal."""
    click.echo(f"\r{plain(text)}", err=True, nl=False)


def end_of_progress() -> None:
    """Go to a new line after progress."""
    click.echo(err=True)


@contextlib.contextmanager
def interruptible(tell: Callable[[float], object] | None) -> Iterator[Callable[[float], bool]]:
    """What long work calls with its progress: `tell` is called, and an interruption (Ctrl+C) ends the work for certain.

    The exception of a signal is lost where it meets code that C calls, such as a destructor; the next call raises it.
    """
    interrupted = False

    def note(signal_number: int, frame: FrameType | None) -> None:
        nonlocal interrupted
        interrupted = True
        raise KeyboardInterrupt

    def told(part: float) -> bool:
        if interrupted:
            raise KeyboardInterrupt
        if tell is not None:
            tell(part)
        return True

    before = signal.getsignal(signal.SIGINT)
    if before is not signal.SIG_IGN:  # a shell has its background jobs ignore it
        signal.signal(signal.SIGINT, note)
    try:
        yield told
    finally:
        signal.signal(signal.SIGINT, before)
        if interrupted and isinstance(sys.exc_info()[1], Exception):  # a library made another error of it
            raise KeyboardInterrupt
