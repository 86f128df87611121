"""`cloud-designer animate`: a run of a design as an animated picture, without a window."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import click

from designer import units
from designer.catalog.scenarios.targets import hits_of
from designer.cli_simulate import EXIT_BAD_INPUT, EXIT_INTERRUPTED, must_write, opened
from designer.cli_terminal import NumberRange, end_of_progress, interruptible, progress, say, stop
from designer.engine.spec import TimedEvent
from designer.errors import DesignerError, RuleError
from designer.model.project import Project
from designer.results.what_if import scenario_named
from designer.study.scenarios.play import length_s, timed_events

MOST_IMAGES = 2000
_HELP = """Write a run of a design as an animated picture: each image shows the drawing with the load and the state of
all elements at a moment, as the window does.

OUT ends in .gif, .webp or .png. Of these WebP is the smallest; GIF is shown everywhere.

\b
Example:
    cloud-designer animate shop.clouddesign zone.gif --scenario "A zone goes dark" --length 12

\b
Exit codes: 0 written; 2 an option or the design is wrong; 3 a file cannot be read or written; 130 interrupted.
"""


@dataclass
class OrderedAnimation:
    """What the animation shows: a span of a run with some events, in a number of images."""

    path: Path
    events: Sequence[TimedEvent]
    until_s: float
    span_s: tuple[float, float]
    count: int
    each_ms: int
    zoom: float
    dark: bool


@click.command("animate", help=_HELP)
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--scenario", "name", metavar="NAME", help="What happens: a scenario of FILE or of the library.")
@click.option("--from", "begin", default="0 s", show_default=True, help="Where in the run it begins: 30 min, 2h.")
@click.option("--to", "end", help="Where it ends; default: the end of the run.")
@click.option("--length", type=NumberRange(0.5, 600), default=10.0, show_default=True, help="Its length, seconds.")
@click.option("--rate", type=click.IntRange(1, 30), default=10, show_default=True, help="Images a second.")
@click.option("--zoom", type=NumberRange(5, 400), default=50.0, show_default=True, help="Zoom in percent.")
@click.option("--dark", is_flag=True, help="Use the dark colors.")
@click.option("--quiet", is_flag=True, help="No progress.")
def animate(
    file: Path,
    out: Path,
    name: str | None,
    begin: str,
    end: str | None,
    length: float,
    rate: int,
    zoom: float,
    dark: bool,
    quiet: bool,
) -> None:
    """Write a run as an animated picture."""
    must_write(out)
    project = opened(file)
    shows = sys.stderr.isatty() and not quiet
    count = max(2, round(length * rate))
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    try:
        if count > MOST_IMAGES:
            raise RuleError(f"An animation has at most {MOST_IMAGES:,} images; choose a smaller length or rate.")
        events, until_s = _events(project, name)
        span_s = units.read_span_s(begin), until_s if end is None else units.read_span_s(end)
        if not 0.0 <= span_s[0] < span_s[1] <= until_s:
            raise RuleError(f"The span lies within the run, which is {units.text(until_s / 3600.0, 'h')} long.")
        import_module("designer.cli").stop_at_bad_binding()
        with interruptible(_told if shows else None) as tell:
            asked = OrderedAnimation(out, events, until_s, span_s, count, round(1000 / rate), zoom / 100, dark)
            size = import_module("designer.app").write_animation(project, file.stem, asked, tell)
    except DesignerError as error:
        stop(error, EXIT_BAD_INPUT)
    except KeyboardInterrupt:
        stop("Interrupted; nothing was written.", EXIT_INTERRUPTED)
    if shows:
        end_of_progress()
    say(f"{out.name}: {count:,} images, {units.text(size / 2**20, 'MiB', 3)}")


def _told(part: float) -> None:
    progress(f"painted {part:4.0%}")


def _events(project: Project, name: str | None) -> tuple[Sequence[TimedEvent], float]:
    """What happens in the run, and its length in seconds. Raises RuleError."""
    events = scenario_named(project, name) if name is not None else ()
    hits = hits_of(project, events, int(project.root.__dict__["seed"]))
    return timed_events(hits), length_s(project, hits)
