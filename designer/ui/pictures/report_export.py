"""A report of the design by one click: worked out in another process, painted and written on a thread."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QFileDialog

from designer.errors import DesignerError
from designer.model.sent import rows_of
from designer.report.answers import run_section
from designer.report.apart import sections_apart
from designer.report.contents import assembled
from designer.ui.files.questions import file_name, say
from designer.ui.parts.background import Stopped, run_with_progress
from designer.ui.pictures.picture import picture_of
from designer.ui.pictures.report_file import ENDS, save_report
from designer.ui.shell.context import Context
from designer.ui.shell.results import reader_of
from designer.words import tr

FILTERS = {tr("Web page (*.html)"): ".html", tr("Document (*.pdf)"): ".pdf"}
WORKED = 0.9
"""The part of the work after which all is known and only has to be written."""


def ask_report(context: Context) -> None:
    """Ask for the file of a report, and write it."""
    session = context.session
    folder = session.path.parent if session.path else Path.home()
    start = str(folder / f"{file_name(session.title)}.html")
    text, chosen = QFileDialog.getSaveFileName(context.frame, tr("Export Report"), start, ";;".join(FILTERS))
    if text:
        path = Path(text)
        export_report(
            context, path if path.suffix.lower() in ENDS else path.with_name(path.name + FILTERS.get(chosen, ".html"))
        )


def export_report(context: Context, path: Path) -> None:
    """Write a report of the design and of the run that is shown; without one the design is run for it."""
    session = context.session
    session.flush()
    project, rows, title = session.project, rows_of(session.project), session.title
    read, of_run = reader_of(session.run), session.findings.of_run
    try:
        drawing = picture_of(session, context.canvas.view, "all", 1.0)
    except DesignerError:  # nothing is drawn
        drawing = None

    def work(going: Callable[[float], None]) -> None:
        results = read() if read is not None else None
        if results is not None and results.edges_s.size < 2:
            results = None
        shown = run_section(results, tr("The run that was shown")) if results is not None else None
        met = of_run if results is not None else None
        found = sections_apart(rows, met, lambda part: going(part * WORKED))
        report = assembled(project, title, found, shown)
        going(WORKED)
        save_report(report, drawing, path)

    try:
        run_with_progress(context.frame, tr("Making the report …"), work)
    except Stopped as error:
        session.told.emit(str(error))
        return
    except DesignerError as error:
        say(context.frame, tr("The report was not written"), str(error))
        return
    session.told.emit(tr("Wrote {0}.", path.name))
