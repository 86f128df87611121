"""A report as one HTML page: for browsers, whole in itself, or for the painter of PDF pages. All text is escaped."""

from __future__ import annotations

from collections.abc import Callable

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from designer.assets import asset
from designer.report.blocks import PlotBlock, Report
from designer.words import tr

Shown = Callable[[PlotBlock], Markup]


def page(report: Report, drawing: Markup, paper: bool = False, shown: Shown | None = None) -> str:
    """The page. `drawing` is the element that shows the drawing, `shown` makes that of a figure (None: its SVG).
    `paper`: with styles that Qt's text knows, without links.
    """
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(asset("report/report.html").read_text("utf-8"))
    return template.render(
        report=report, drawing=drawing, paper=paper, shown=shown or _inline, contents=tr("Contents"), clean=_printable
    )


def _inline(figure: PlotBlock) -> Markup:
    return Markup(figure.svg)  # its texts are escaped where it is made


def _printable(text: str) -> str:
    """Text without control characters and marks of direction, which would change what stands beside it."""
    return text if text.isprintable() else "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
