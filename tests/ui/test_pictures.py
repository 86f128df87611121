"""Pictures of the drawing: what they show, how large they are, in which formats, and what is refused."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner
from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from designer.cli import main
from designer.commands import edit
from designer.errors import DesignerError, FileError, RuleError
from designer.store.file import project_file
from designer.ui.parts.theme import Theme
from designer.ui.pictures import formats
from designer.ui.pictures.foot import HEIGHT_PX
from designer.ui.pictures.formats import image_of, save, why_not
from designer.ui.pictures.picture import MARGIN, Picture, picture_of
from designer.ui.pictures.picture_dialog import PictureDialog, copy_picture
from designer.ui.pictures.printing import print_on
from designer.ui.shell.window import Window
from tests.ui.test_window import new_window as own_window
from tests.ui.test_window import placed, remembered

__all__ = ["own_window", "remembered"]  # fixtures
pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")


@pytest.fixture
def window(same_window: Window) -> Window:
    return same_window


@pytest.fixture
def site(same_site: dict[str, int]) -> dict[str, int]:
    return same_site


def taken(window: Window, part: Any = "all", zoom: float | None = 1.0, dark: bool = False) -> Picture:
    window.session.flush()
    return picture_of(window.session, window.canvas.view, part, zoom, dark)


def colors(image: QImage) -> set[str]:
    return {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(0, image.height(), 3)}


def texts(svg: bytes) -> list[str]:
    root = ElementTree.fromstring(svg)
    return [node.text or "" for node in root.iter() if node.tag.endswith("}text")]


# -- what is shown


def test_that_a_picture_of_all_is_the_drawing_with_a_margin_at_any_zoom(window: Window, site: dict[str, int]) -> None:
    bounds = window.canvas.view.world.bounds()
    wide, high = bounds.width() + 2 * MARGIN, bounds.height() + 2 * MARGIN
    assert taken(window).size == QSize(round(wide), round(high))
    assert taken(window, zoom=2.0).size == QSize(round(2 * wide), round(2 * high))
    image = image_of(taken(window), 3.0)
    assert (image.width(), image.height()) == (3 * round(wide), 3 * round(high))
    assert image.dotsPerMeterX() == round(3 * 96 / 0.0254)  # documents show it as large as the drawing is at 100%


def test_that_a_picture_of_the_view_shows_what_the_window_shows(window: Window, site: dict[str, int]) -> None:
    view = window.canvas.view
    view.show_point(3.0, view.box_of([site["host-1"]]).center())
    picture = taken(window, "view", None)
    assert (picture.zoom, picture.size) == (3.0, view.size())
    assert picture.area == view.to_drawing_box(QRectF(view.rect()))


def test_that_a_picture_of_the_selection_shows_that_alone(window: Window, site: dict[str, int], tmp_path: Path) -> None:
    window.session.select([site["zone-2"]])
    picture = taken(window, "selection")
    box = window.canvas.view.box_of([site["zone-2"]])
    assert picture.area == box.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN)
    save(picture, tmp_path / "part.svg")
    said = texts((tmp_path / "part.svg").read_bytes())
    names = {i: e.name for i, e in window.session.project.elements.items()}
    assert names[site["zone-2"]] in said
    assert names[site["zone-1"]] not in said
    assert names[site["region-1"]] not in said


def test_that_nothing_drawn_is_no_picture(window: Window, site: dict[str, int]) -> None:
    with pytest.raises(RuleError, match="Select what the picture should show"):
        taken(window, "selection")
    edit.delete(window.session.project, [site["region-1"]])
    with pytest.raises(RuleError, match="Draw something first"):
        taken(window)
    assert not window.actions["file.picture"].isEnabled()
    assert not window.actions["edit.copy_picture"].isEnabled()
    window.session.project.undo()


def test_that_a_picture_is_light_whatever_the_window_is_and_dark_when_asked(own_window: Window) -> None:
    placed(own_window)
    own_window.context.set_theme("dark")
    light, dark = image_of(taken(own_window), 1.0), image_of(taken(own_window, dark=True), 1.0)
    assert light.pixelColor(2, 2) == Theme("light").color("canvas")
    assert dark.pixelColor(2, 2) == Theme("dark").color("canvas")
    own_window.context.set_theme("light")
    assert image_of(taken(own_window), 1.0) == light


def test_that_every_box_of_a_picture_at_100_percent_has_its_name(
    window: Window, site: dict[str, int], tmp_path: Path
) -> None:
    save(taken(window), tmp_path / "all.svg")
    said = texts((tmp_path / "all.svg").read_bytes())
    named = [e.name for e in window.session.project.elements.values() if e.kind in ("region", "zone", "host")]
    assert named
    assert set(named) <= set(said)


def test_that_a_picture_follows_collapsed_containers_and_layers(window: Window, site: dict[str, int]) -> None:
    whole = taken(window).brush.world.ids.size
    window.canvas.view.set_collapsed([site["zone-1"]])
    window.canvas.set_layer("power", False)
    picture = taken(window)
    assert picture.brush.world.ids.size < whole
    assert "power" not in picture.brush.layers
    window.canvas.view.set_collapsed([])
    window.canvas.set_layer("power", True)


def test_that_a_picture_of_a_run_says_when_and_what_its_colors_mean(
    own_window: Window, qtbot: QtBot, tmp_path: Path
) -> None:
    placed(own_window)
    assert taken(own_window).foot is None
    own_window.control.speed = float("inf")
    own_window.control.start()
    qtbot.waitUntil(lambda: own_window.session.run is not None and bool(own_window.session.run.digest))
    own_window.control.scrub(3600.0)
    qtbot.waitUntil(lambda: (live := own_window.canvas.view.brush.live) is not None and live.time_s == 3600.0)
    picture = taken(own_window)
    assert picture.foot is not None
    bare = own_window.canvas.view.world.bounds().height() + 2 * MARGIN
    assert picture.size.height() == round(bare) + HEIGHT_PX
    save(Picture(picture.brush, picture.area, 3.0, picture.title, picture.foot), tmp_path / "run.svg")
    said = texts((tmp_path / "run.svg").read_bytes())
    assert f"{own_window.session.title}, 01:00" in said
    assert {"CPU utilization", "0%", "100%"} <= set(said)


# -- formats


def test_that_all_formats_show_the_same_design(window: Window, site: dict[str, int], tmp_path: Path) -> None:
    picture = taken(window)
    for suffix in formats.FORMATS:
        size = save(picture, tmp_path / f"site{suffix}")
        assert size == (tmp_path / f"site{suffix}").stat().st_size
    image = QImage(str(tmp_path / "site.png"))
    assert (image.width(), image.height()) == (2 * picture.size.width(), 2 * picture.size.height())
    assert image.text("Title") == window.session.title
    svg = (tmp_path / "site.svg").read_bytes()
    assert f'viewBox="0 0 {picture.size.width()} {picture.size.height()}"'.encode() in svg
    assert formats.INSTEAD.encode() in svg  # machines without the font show another one
    pdf = (tmp_path / "site.pdf").read_bytes()
    assert pdf.startswith(b"%PDF")
    page = re.search(rb"/MediaBox \[([0-9. ]+)\]", pdf)
    assert page is not None
    assert [float(n) for n in page[1].split()][2:] == pytest.approx(
        [picture.size.width() * 0.75, picture.size.height() * 0.75], abs=1.0
    )


def test_that_an_svg_needs_no_clip_to_show_headers(window: Window, site: dict[str, int], tmp_path: Path) -> None:
    save(taken(window), tmp_path / "site.svg")
    header = Theme("light").kind("zone").header.name()
    root = ElementTree.fromstring((tmp_path / "site.svg").read_bytes())
    heights = []
    for group in root.iter():
        if group.get("fill") == header:
            for path in group.iter("{http://www.w3.org/2000/svg}path"):
                numbers = [float(n) for n in re.findall(r",(-?[0-9.]+)", path.get("d", ""))]
                heights.append(max(numbers) - min(numbers))
    assert heights
    assert max(heights) < 60  # as high as a header, not as its container


def test_that_a_file_that_cannot_be_written_is_told_and_another_ending_refused(
    window: Window, site: dict[str, int], tmp_path: Path
) -> None:
    picture = taken(window)
    with pytest.raises(FileError, match=r"must end in .png, .svg, .pdf"):
        save(picture, tmp_path / "site.gif")
    with pytest.raises(FileError, match=r"cannot be written: .*Choose another place"):
        save(picture, tmp_path / "missing" / "site.png")
    (tmp_path / "kept.png").write_bytes(b"before")
    with pytest.raises(RuleError):
        save(Picture(picture.brush, picture.area, 500.0, "large"), tmp_path / "kept.png")
    assert (tmp_path / "kept.png").read_bytes() == b"before"


def test_that_what_is_too_large_is_refused_with_its_size(window: Window, site: dict[str, int]) -> None:
    picture = taken(window)
    huge = Picture(picture.brush, picture.area, 0.9 * formats.MOST_SIDE_PX / picture.size.width(), "site")
    assert f"{huge.size.width() * 2:,} x" in why_not(huge, ".png", 2.0)
    assert why_not(huge, ".pdf", 2.0) == ""
    with pytest.raises(RuleError, match="Choose a lower zoom or sharpness"):
        image_of(huge, 2.0)


@pytest.mark.parametrize("far", [(0.0, 90_000.0), (90_000.0, 0.0), (90_000.0, 90_000.0)])
def test_that_what_lies_far_apart_is_copied_as_large_as_an_image_may_be(
    own_window: Window, far: tuple[float, float]
) -> None:
    for at in ((0.0, 0.0), far):
        edit.place(own_window.session.project, "note", at=at)
    picture = taken(own_window)
    assert why_not(picture, ".png", 2.0).startswith("The picture would have ")
    picture.zoom = formats.fitting_zoom(picture, 2.0)
    assert why_not(picture, ".png", 2.0) == ""
    wide, high = picture.size.width() * 2, picture.size.height() * 2
    assert max(wide / formats.MOST_SIDE_PX, high / formats.MOST_SIDE_PX, wide * high / formats.MOST_PX) > 0.99


def test_that_a_pdf_of_a_large_drawing_stays_within_what_readers_show(
    window: Window, site: dict[str, int], tmp_path: Path
) -> None:
    picture = taken(window)
    save(Picture(picture.brush, picture.area, 40_000 / picture.area.width(), "site"), tmp_path / "large.pdf")
    page = re.search(rb"/MediaBox \[([0-9. ]+)\]", (tmp_path / "large.pdf").read_bytes())
    assert page is not None
    assert max(float(n) for n in page[1].split()) <= 72 * formats.MOST_PDF_INCH + 1


def test_that_a_page_holds_the_whole_picture(window: Window, site: dict[str, int], tmp_path: Path) -> None:
    picture = taken(window, zoom=4.0)
    printer = QPrinter()
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "page.pdf"))
    print_on(picture, printer)
    page = printer.pageRect(QPrinter.Unit.DevicePixel)
    assert picture.size.width() <= page.width() + 1
    assert picture.size.height() <= page.height() + 1
    assert (tmp_path / "page.pdf").read_bytes().count(b"/Type /Page\n") == 1


# -- by hand


def test_that_a_picture_is_saved_from_the_dialog(
    window: Window, site: dict[str, int], qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialog = PictureDialog(window.session, window.canvas.view, window.frame)
    qtbot.addWidget(dialog)
    size = taken(window).size * 2
    assert dialog.said.text().startswith(f"PNG: {size.width():,} × {size.height():,} pixels.")
    assert not dialog.preview.pixmap().isNull()
    wanted = str(tmp_path / "shop")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (wanted, "Vector drawing (*.svg)"))
    dialog.save_button.click()
    assert (tmp_path / "shop.svg").read_bytes().startswith(b"<?xml")
    assert window.message.last.startswith("Saved shop.svg, ")


def test_that_the_dialog_begins_with_the_selection_and_says_why_there_is_no_picture(
    window: Window, site: dict[str, int], qtbot: QtBot
) -> None:
    window.session.select([site["zone-1"]])
    dialog = PictureDialog(window.session, window.canvas.view, window.frame)
    qtbot.addWidget(dialog)
    assert dialog.part.currentText() == "Selection"
    window.session.select([])
    dialog.look()
    assert dialog.said.text() == "Nothing of the selection is drawn. Select what the picture should show."
    assert not dialog.save_button.isEnabled()
    assert not dialog.copy_button.isEnabled()
    dialog.part.setCurrentIndex(0)
    assert dialog.save_button.isEnabled()


def test_that_the_selection_is_copied_as_a_light_picture(window: Window, site: dict[str, int]) -> None:
    window.session.select([site["zone-1"]])
    copy_picture(window.session, window.canvas.view, window.frame)
    image = QGuiApplication.clipboard().image()
    size = taken(window, "selection").size
    assert (image.width(), image.height()) == (2 * size.width(), 2 * size.height())
    assert QColor(image.pixelColor(4, 4)) == Theme("light").color("canvas")
    assert window.message.last == f"Copied a picture of {image.width():,} × {image.height():,} pixels."


# -- from the command line


def test_that_a_picture_is_written_from_the_command_line(window: Window, site: dict[str, int], tmp_path: Path) -> None:
    file = tmp_path / "site.clouddesign"
    project_file.save(file, list(window.session.project.rows()))
    run = CliRunner()
    done = run.invoke(main, ["picture", str(file), str(tmp_path / "all.png"), "--sharpness", "1"])
    size = taken(window).size
    assert (done.exit_code, done.output) == (0, f"{tmp_path / 'all.png'}: {size.width():,} x {size.height():,}\n")
    assert QImage(str(tmp_path / "all.png")).size() == size
    part = run.invoke(main, ["picture", str(file), str(tmp_path / "part.svg"), "--only", "kind:host"])
    assert part.exit_code == 0
    assert "host-1" in texts((tmp_path / "part.svg").read_bytes())
    nothing = run.invoke(main, ["picture", str(file), str(tmp_path / "no.png"), "--only", "kind:bucket"])
    assert (nothing.exit_code, nothing.output) == (1, "cloud-designer: Nothing matches kind:bucket.\n")
    missing = run.invoke(main, ["picture", str(tmp_path / "none.clouddesign"), str(tmp_path / "no.png")])
    assert missing.exit_code == 3
    assert not (tmp_path / "no.png").exists()


@pytest.mark.parametrize(("suffix", "what"), [(".png", "PIXEL_BYTES"), (".svg", "ROW_BYTES")])
def test_that_a_picture_for_which_there_is_no_memory_is_refused_before_qt_asks_for_it(
    suffix: str, what: str, window: Window, site: dict[str, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formats, what, 1 << 50)
    with pytest.raises(DesignerError, match="of memory"):
        save(taken(window), tmp_path / f"a{suffix}")
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(formats, "PIXEL_BYTES", 1 << 50)
    said: list[str] = []
    window.session.refused.connect(said.append)
    copy_picture(window.session, window.canvas.view, window.frame)
    assert "of memory" in said[0]
