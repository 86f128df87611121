"""The report of a design: what it tells, that no name breaks out of it, and both ways to it."""

from __future__ import annotations

import itertools
import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from click.testing import CliRunner
from PySide6.QtGui import QFont, QImage, QTextTable
from PySide6.QtWidgets import QApplication, QFileDialog

from designer.catalog import KINDS, LINKS
from designer.catalog.reference.prices import Price
from designer.catalog.scenarios.events import ScenarioEvent
from designer.cli import main
from designer.commands import edit
from designer.commands.scenarios.saving import save_scenario
from designer.model.element import ROOT_ID
from designer.model.project import Project
from designer.report.blocks import Report, Section, TableBlock, TextBlock
from designer.report.design import inventory
from designer.report.plots import bar_plot, decimated, scale, series_plot
from designer.store.file import project_file
from designer.study.availability.answer import Study
from designer.study.cost.bill import bill_of
from designer.study.cost.groups import key_of
from designer.study.cost.lines import CostLine, sums
from designer.study.cost.table import rows_of
from designer.ui.pictures.report_export import ask_report
from designer.ui.pictures.report_file import PaperPages
from designer.ui.shell.window import Window
from tests.ui.test_window import new_window, remembered, site

__all__ = ["new_window", "remembered", "site"]  # fixtures

HOSTILE = "<script>alert(1)</script>\"&'</td>{{7*7}}\u202e"


def small(name: str) -> Project:
    """A service on one host that fails in a scenario; the host, its VM, the service and the scenario have one name."""
    project = Project(KINDS, LINKS)
    host = edit.place(project, "host", name=name, purchase_usd=3650.0, life_years=5.0)
    service = edit.place(project, "service", name=name, slo_frac=0.99999, rate_rps=1e6, down_below_frac=5e-4)
    vm = edit.place(project, "vm", host, name=name)
    edit.connect(project, "member", vm, service)
    save_scenario(project, name, (ScenarioEvent(3600.0, "fail", host), ScenarioEvent(5400.0, "recover", host)), "")
    edit.change(project, [ROOT_ID], {"until_h": 3.0})
    return project


class Seen(HTMLParser):
    """The elements and texts of a page, and all that it refers to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.texts: list[str] = []
        self.refers: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.refers += [value or "" for name, value in attrs if name in ("src", "href", "action", "data", "srcset")]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, str, bytes]:
    """A design whose every name is hostile, and its report as page and as document."""
    folder = tmp_path_factory.mktemp("report")
    project, file = small(HOSTILE), folder / "small.clouddesign"
    project_file.save(file, project.rows())
    made = [folder / "small.html", folder / "small.pdf"]
    for out in made:
        done = CliRunner().invoke(main, ["report", str(file), "-o", str(out)])
        assert done.exit_code == 0, done.output
    return project, made[0].read_text("utf-8"), made[1].read_bytes()


def test_that_a_report_tells_what_the_commands_tell(pages: tuple[Project, str, bytes]) -> None:
    project, page, pdf = pages
    seen = " ".join(Seen(page).texts)
    assert bill_of(project).total.usd == pytest.approx(3650.0 / 60.0) and "60.83 USD" in seen
    study = Study(project)
    found = study.availability(study.services[0].id)
    assert f"{found.outages_h * 8760.0:.2g}" in seen and "misses its SLO" in seen
    assert "01:00:00" in seen and "01:30:00" in seen  # the scenario
    for title in ("Inventory", "Findings", "Availability", "Scenarios", "Run", "Assumptions and sources"):
        assert title in seen
    assert "dropped requests. " in seen and "missed its SLO" in seen  # findings of the run
    assert "(from 00:00 of the run)" in seen
    assert "1 host" in seen and page.count("<svg ") >= 3
    assert pdf.startswith(b"%PDF-") and pdf.rstrip().endswith(b"%%EOF") and len(pdf) > 20_000


def test_that_no_name_breaks_out_of_a_report_and_that_it_needs_nothing_else(pages: tuple[Project, str, bytes]) -> None:
    _, page, _ = pages
    seen = Seen(page)
    assert not seen.tags & {"script", "iframe", "link", "object", "embed", "base", "form"}
    assert "49" not in page.partition("alert(1)")[2][:60] and "{{7*7}}" in page
    assert "\u202e" not in page
    assert all(one.startswith(("#", "data:image/")) for one in seen.refers)
    assert "url(" not in page and "@import" not in page
    for svg in re.findall(r"<svg .*?</svg>", page, re.DOTALL):
        ElementTree.fromstring(svg)


def test_that_one_click_writes_the_report_and_a_cancel_leaves_nothing(
    window: Window, site: dict[str, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("designer.ui.pictures.report_export.sections_apart", lambda *a: [])
    out = tmp_path / "site"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a: (str(out), "Web page (*.html)"))
    told: list[str] = []
    window.session.told.connect(told.append)
    ask_report(window.context)
    written = tmp_path / "site.html"
    assert told == ["Wrote site.html."] and "data:image/svg+xml" in written.read_text("utf-8")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a: ("", ""))
    written.unlink()
    ask_report(window.context)
    assert list(tmp_path.iterdir()) == []


def test_that_plots_keep_peaks_and_gaps_and_have_round_marks() -> None:
    values = np.zeros(5_000)
    values[1_234] = 7.0
    edges = np.arange(5_001) * 60.0
    few_edges, few = decimated(edges, values)
    assert few.size <= 600 and few.max() == 7.0 and few_edges.size == few.size + 1 and few_edges[-1] == edges[-1]
    values[100:200] = np.nan
    plot = series_plot("Load", "fraction", edges, [("<a>", values)])
    root = ElementTree.fromstring(plot.svg)
    assert len([node for node in root.iter() if node.tag.endswith("polyline")]) == 2
    assert "<a>" in [node.text for node in root.iter()]
    assert scale([np.array([0.0, 0.93])]) == (0.0, 1.0, 0.25) and scale([np.array([np.nan])]) == (0.0, 1.0, 0.25)
    bars = [node for node in ElementTree.fromstring(bar_plot("", [("a", 4.0, "4"), ("b", 1.0, "1")]).svg).iter()
            if node.tag.endswith("rect")]  # fmt: skip
    assert float(bars[0].get("width", "")) == pytest.approx(4 * float(bars[1].get("width", "")))


def test_that_no_row_of_a_table_is_cut_by_the_end_of_a_page(qapp: QApplication) -> None:
    rows = [(f"row {n}", "word " * (6 * (n % 5 + 1)), str(n)) for n in range(90)]
    table = TableBlock(("Of", "Text", "No"), rows)
    device = QImage(600, 850, QImage.Format.Format_RGB32)
    pages = PaperPages(Report("Rows", "", (Section("rows", "Rows", (table,)),)), None, device)
    text, high = pages._text, pages._size.height()
    (drawn,) = (one for one in text.rootFrame().childFrames() if isinstance(one, QTextTable))
    spans = []
    for row in range(1, drawn.rows()):
        blocks = [drawn.cellAt(row, column).firstCursorPosition().block() for column in range(3)]
        boxes = [text.documentLayout().blockBoundingRect(block) for block in blocks]
        spans.append({int(at // high) for box in boxes for at in (box.top() + 1.0, box.bottom() - 1.0)})
    assert pages.count > 3
    assert all(len(span) == 1 for span in spans)
    assert {min(span) for span in spans} == set(range(pages.count))  # no page is empty


def test_that_bold_letters_on_paper_are_those_of_the_typeface(qapp: QApplication) -> None:
    table = TableBlock(("Of", "No"), [("one", "1")])
    device = QImage(600, 850, QImage.Format.Format_RGB32)
    text = PaperPages(Report("Rows", "", (Section("rows", "Rows", (table,)),)), None, device)._text
    weights, block = {}, text.begin()
    while block.isValid():
        font = block.begin().fragment().charFormat().font() if block.text() else None
        if font is not None:
            weights[block.text()] = (int(font.weight()), font.variableAxisValue(QFont.Tag("wght")))
        block = block.next()
    assert weights["Rows"] == weights["Of"] == (600, 600.0) and weights["one"] == (400, 400.0)


def test_that_an_inventory_counts_templates_by_themselves_as_the_drawing_does(project: Project) -> None:
    zone = edit.place(project, "zone", edit.place(project, "region"))
    for template in (False, False, True):
        edit.change(project, [edit.place(project, "vm", zone)], {"vcpus": 2, "template": template})
    (table,) = inventory(project).blocks
    assert isinstance(table, TableBlock)
    told = {row[0]: row[2] for row in table.rows}
    assert "vCPUs: 4" in told["2 VMs"] and told["1 template"] == ""


def test_that_equal_costs_stand_in_the_order_of_the_design_and_each_thing_by_itself(project: Project) -> None:
    region = edit.place(project, "region")
    one, other = (edit.place(project, "zone", region, name=name) for name in "ab")
    price = Price(1.0, 1.0, 1.0, "here")
    lines = [CostLine("Disks", one, n, "h", price) for n in (0.3, 0.3)]
    lines += [CostLine("Disks", other, n, "h", price) for n in (0.1, 0.2, 0.3)]  # their sum is a little more than 0.6
    lines += [CostLine(what, zone, 1.0, "h", None) for zone in (one, other) for what in ("Energy", "Hosts")]
    assert list(sums(lines, key_of(project, "zone"))) == [one, other]
    assert [(row.what, row.group) for row in rows_of(project, lines, "zone")] == [
        (what, zone) for what in ("Disks", "Energy", "Hosts") for zone in "ab"
    ]


@pytest.mark.parametrize("lines", range(34, 46, 2))
def test_that_no_title_is_left_at_the_end_of_a_page_and_nothing_is_lost(qapp: QApplication, lines: int) -> None:
    table = TableBlock(("Of", "No"), [("one", "1"), ("other", "2"), ("third", "3")])
    sections = [
        Section("text", "Text", (TextBlock(tuple(f"line {n}" for n in range(lines))),)),
        Section("rows", "Rows", (table,)),
        Section("more", "More", (TextBlock(("a", "b"), "Inner"), table)),
    ]
    pages = PaperPages(Report("All", "", tuple(sections)), None, QImage(600, 850, QImage.Format.Format_RGB32))
    text, high, layout = pages._text, pages._size.height(), pages._text.documentLayout()
    blocks, block = [], text.begin()
    while block.isValid():
        if block.text():
            blocks.append((block.text(), block.blockFormat().headingLevel(), layout.blockBoundingRect(block).top()))
        block = block.next()
    page = {(text, n): int(top // high) for n, (text, _, top) in enumerate(blocks)}
    for n, (name, level, _) in enumerate(blocks[:-1]):
        if level:
            assert page[name, n] == page[blocks[n + 1][0], n + 1], name
    tops = [top for *_, top in blocks]
    assert all(top >= before - 1.0 for before, top in itertools.pairwise(tops))
    assert layout.documentSize().height() >= tops[-1]
