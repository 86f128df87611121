"""A new kind is one file, one word and one icon: added to a copy of the catalog, it is placed, saved, opened, edited,
drawn and simulated.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from designer.errors import FileError
from designer.store.file import project_file
from tests.waiting import HUNG_S

ROOT = Path(__file__).parent.parent.parent
FILE = '''"""A lighthouse: a place in a region, with a keeper who is awake some hours a day."""

from typing import ClassVar

from designer.catalog.spec_builder import SpecBuilder
from designer.model.element import Element, quantity
from designer.model.kind import Box, Kind


class Lighthouse(Element, table=True):
    """A lighthouse."""

    kind: ClassVar[str] = "lighthouse"

    awake_s: float = quantity(60.0, "s", "Light after a failure", group="Failure", ge=0, le=86_400)


def _add_to_spec(builder: SpecBuilder, lighthouse: Element) -> None:
    builder.feed(lighthouse, (lighthouse.__dict__["awake_s"],))


LIGHTHOUSE = Kind(
    "lighthouse", "Lighthouse", "lighthouse.svg", Lighthouse, inside=("region",), prefix="light", plural="lighthouses",
    box=Box("free", header=20, padding=8, min_w=100, min_h=60), help="Stands in the sea and gives light.",
    add_to_spec=_add_to_spec,
)
'''
USED = """
import json, sys
from pathlib import Path
from designer.catalog import KINDS, LINKS
from designer.commands import edit
from designer.engine import TimedEvent, simulate
from designer.model.element import ROOT_ID
from designer.model.fields import form_fields
from designer.model.project import Project
from designer.store.file import project_file
from designer.study.build import build

folder, said = Path(sys.argv[1]), {}
project = Project(KINDS, LINKS)
region = edit.place(project, "region")
said["refused"] = project.why_not("lighthouse", ROOT_ID)
light = edit.place(project, "lighthouse", region)
said["name"] = project.elements[light].name
said["form"] = [field.title for field in form_fields(KINDS["lighthouse"].table)]
edit.change(project, [light], {"awake_s": 90.0})
project_file.save(folder / "sea.clouddesign", project.rows())
project = Project(KINDS, LINKS, project_file.load(folder / "sea.clouddesign").rows)
said["opened"] = project.elements[light].awake_s
edit.move(project, [light], (8.0, 8.0))
edit.change(project, [light], {"awake_s": 120.0})
project.undo()
project.redo()
log = simulate(build(project, until_s=3600.0, events=[TimedEvent(600.0, "fail", light)])).log
said["log"] = [(e.time_s, e.what, e.id == light) for e in log]
said["old"] = [row.kind for row in project_file.load(sys.argv[2]).rows if hasattr(row, "parent")][:2]

from PySide6.QtWidgets import QApplication
app = QApplication([])
from designer.ui.pictures.formats import image_of
from designer.ui.pictures.picture import picture_of_ids
from designer.ui.side.palette import Palette
from designer.ui.shell.session import Session
from designer.ui.parts.theme import Theme
theme, session = Theme("light"), Session(project)
palette = Palette(session, theme)
said["palette"] = [button.text() for button in palette.buttons if button.kind == "lighthouse"]
image = image_of(picture_of_ids(project, (), "sea", 1.0, False), 1.0)
said["colors"] = len({image.pixel(x, y) for x in range(0, image.width(), 2) for y in range(0, image.height(), 2)}) > 4
print(json.dumps(said))
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a program whose catalog and icons are copies; all else is that of the checkout."""
    folder = tmp_path_factory.mktemp("program")
    package = folder / "designer"
    shutil.copytree(ROOT / "designer" / "catalog", package / "catalog")  # with what is compiled of it
    shutil.copy(ROOT / "designer" / "assets.py", package)
    told = (ROOT / "designer" / "__init__.py").read_text("utf-8")
    (package / "__init__.py").write_text(f"{told}\n__path__.append({str(ROOT / 'designer')!r})\n", "utf-8")
    resources = folder / "resources"
    shutil.copytree(ROOT / "resources" / "icons", resources / "icons")
    for shipped in (ROOT / "resources").iterdir():
        if shipped.name != "icons":
            (resources / shipped.name).symlink_to(shipped)
    return folder


def run(program: Path, code: str, *arguments: Path) -> Any:
    """What a piece of Python prints when it runs with that program."""
    env = {**os.environ, "PYTHONPATH": str(program), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", code, *map(str, arguments)]
    done = subprocess.run(command, cwd=program, env=env, capture_output=True, text=True, timeout=HUNG_S, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def said(program: Path) -> Any:
    """What a program with one more kind tells; it leaves `sea.clouddesign` in its folder."""
    catalog = program / "designer" / "catalog" / "__init__.py"
    plain = catalog.read_text("utf-8")
    (program / "designer" / "catalog" / "kinds" / "places" / "lighthouse.py").write_text(FILE, "utf-8")
    icon = (ROOT / "resources" / "icons" / "zone.svg").read_text("utf-8")
    (program / "resources" / "icons" / "lighthouse.svg").write_text(icon, "utf-8")
    imports, kinds = plain.split("\nKINDS:", 1)
    imports += "from designer.catalog.kinds.places.lighthouse import LIGHTHOUSE\n"
    catalog.write_text(imports + "\nKINDS:" + kinds.replace(" NOTE,", " NOTE, LIGHTHOUSE,", 1), "utf-8")
    return run(program, USED, program, ROOT / "tests" / "files" / "v1.clouddesign")


def test_that_a_kind_is_one_file_one_word_and_one_icon(said: Any) -> None:
    assert said == {
        "refused": "Lighthouse needs a region",
        "name": "light-1",
        "form": ["Note", "Foreign id", "Light after a failure"],
        "opened": 90.0,
        "log": [[600.0, "failed", True], [720.0, "cut", True]],
        "old": ["design", "region"],
        "palette": ["Lighthouse"],
        "colors": True,
    }


def test_that_a_program_without_the_kind_refuses_its_file_in_a_sentence(said: Any, program: Path) -> None:
    assert said["opened"] == 90.0
    with pytest.raises(FileError) as refused:
        project_file.load(program / "sea.clouddesign")
    assert str(refused.value) == (
        "sea.clouddesign is damaged: it holds the table “lighthouse”, which no project file has. "
        "Look for a backup of it."
    )
