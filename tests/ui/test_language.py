"""The window in another language, and in larger letters: every text passes the door, and has room."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QLocale, QTranslator
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from designer.ui.parts.language import in_language, use_language
from designer.words import speak, tr, trn
from tests import copies

ROOT = Path(__file__).parent.parent.parent


@cache
def seen(language: str, text_size: str, home: Path) -> dict[str, Any]:
    """What a program of its own shows: its texts, what is clipped, and the names in the design. The one in English is a
    copy, which has looked up its texts before; the one in another language is new, and what it starts are copies, which
    speak English in any case."""
    (home / language).mkdir(exist_ok=True)
    own = {**os.environ, **{f"XDG_{name}_HOME": str(home / language) for name in ("CONFIG", "STATE", "DATA")}}
    command = ["-m", "tests.ui.seen_texts", language, text_size]
    if language == "english":
        done = copies.run(*command, env=own)
    else:
        command += copies.command()
        done = subprocess.run([sys.executable, *command], cwd=ROOT, env=own, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("language")


SAME = re.compile(
    r"MiB|GiB|TiB|KiB|MB|GB|TB|kB|MHz|GHz|Mbit|Gbit|req|kW|kWh|Wh|USD|vCPUs?|VMs?|PNG|SVG|PDF|CSV|CPU|EBS|UTC|Inter|"
    "Cloud|Designer|kreq|asg|min|Ctrl|Shift|Alt|Esc|Del|Up|Down|Left|Right|Home|End|Return|Backspace"
)
"""Units, names of things and keys: the same in all languages, or translated by Qt."""
DATA = (
    "PresetEditor", "QComboBox in Filters", "QComboBox in MoneyRow", "QPushButton in RuleDialog",
    "QLineEdit in RuleDialog",
)  # fmt: skip
"""Where the names of presets and regions, codes of currencies, and rules as they are typed, stand."""
BELOW = {
    "arrange.consolidate: choice of QComboBox in ConsolidateDialog", "edit.instance_type: text of QLabel in Ec2Picker",
    "edit.dedicated_host: text of QLabel in DedicatedPicker",
    "painted by paint of designer.ui.run.events_panel", "painted by _paint_name of designer.ui.pickers.world_map",
}  # fmt: skip
"""Where names in catalogs stand, and reasons from the process of the engine, which knows no language."""


def elided_name(text: str, names: list[str]) -> bool:
    """Whether a text is the begin and the end of a name."""
    begin, dots, end = text.partition("…")
    return bool(dots) and any(name.startswith(begin) and name.endswith(end) for name in names)


def escaped(found: dict[str, Any]) -> list[str]:
    """The texts in English, without the names in the design and the sources of figures."""
    names = re.compile("|".join(re.escape(name) for name in sorted(found["names"], key=len, reverse=True) if name))
    rest = []
    for text, where in found["texts"].items():
        said = names.sub("", re.sub(r"Šöûŕçé: .*", "", text))
        plain = [word for word in re.findall("[A-Za-z]{2,}", said) if not SAME.fullmatch(word)]
        if (
            plain
            and not elided_name(text, found["names"])
            and not where.endswith(DATA)
            and not any(name in where for name in DATA)
            and where not in BELOW
        ):
            rest.append(f"{where}: {text}")
    return rest


def test_that_every_text_of_the_window_its_dialogs_and_of_a_run_passes_the_door(home: Path) -> None:
    found = seen("pseudo", "100", home)
    assert len(found["texts"]) > 900
    assert sum("painted by" in where for where in found["texts"].values()) > 80
    assert escaped(found) == []


@pytest.mark.parametrize(("language", "text_size"), [("pseudo", "100"), ("english", "125")])
def test_that_longer_and_larger_texts_are_clipped_nowhere(home: Path, language: str, text_size: str) -> None:
    found = seen(language, text_size, home)
    assert len(found["texts"]) > 600
    assert found["clipped"] == {}


class Spanish(QTranslator):
    """Knows two texts."""

    def translate(self, context: str, text: str, comment: str | None = None, n: int = -1) -> str:
        known = {"Saved {0}, {1}.": "{1}: {0} guardado.", "Wrong {0}": "Mal {0} {1}"}
        return known.get(text, text) if context == "designer" else text


@pytest.fixture
def spanish(qapp: QApplication) -> Iterator[None]:
    translator = Spanish()
    qapp.installTranslator(translator)
    speak(in_language)
    yield
    qapp.removeTranslator(translator)
    speak(None)


def test_that_values_stand_where_the_translation_wants_them(spanish: None) -> None:
    assert tr("Saved {0}, {1}.", "a{0}.svg", "2 MiB") == "2 MiB: a{0}.svg guardado."


def test_that_a_count_chooses_its_form_in_english_where_nothing_is_translated(spanish: None) -> None:
    assert [trn("{0:,} VM of {1}", "{0:,} VMs of {1}", n, "web") for n in (0, 1, 2000)] == [
        "0 VMs of web", "1 VM of web", "2,000 VMs of web",
    ]  # fmt: skip


def test_that_what_is_not_translated_or_translated_wrongly_is_shown_in_english(spanish: None) -> None:
    assert tr("No finding.") == "No finding."
    assert tr("Wrong {0}", 3) == "Wrong 3"
    assert tr("") == ""


def test_that_a_compiled_translation_of_the_collected_texts_is_read(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path
) -> None:
    spec = importlib.util.spec_from_file_location("texts", ROOT / "packaging" / "texts.py")
    assert spec is not None and spec.loader is not None
    collector = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(collector)
    source = tmp_path / "cloud_designer_de.ts"
    assert collector.main([str(source)]) == 0
    tree = ElementTree.parse(source)
    messages = {str(m.findtext("source")): m for m in tree.iter("message")}
    counted = set(collector.counted_texts())
    assert set(messages) == set(collector.all_texts()) | counted
    assert counted == {text for text, message in messages.items() if message.get("numerus") == "yes"}
    translation = messages["Undo"].find("translation")
    assert translation is not None
    translation.text = "Rückgängig"
    translation.attrib.clear()
    forms = messages["{0:,} VMs"].findall("translation/numerusform")
    for form, text in zip(forms, ("{0} virtuelle Maschine", "{0} virtuelle Maschinen"), strict=True):
        form.text = text
    counted_translation = messages["{0:,} VMs"].find("translation")
    assert counted_translation is not None
    counted_translation.attrib.clear()
    tree.write(source, "utf-8", xml_declaration=True)
    subprocess.run([Path(sys.executable).with_name("pyside6-lrelease"), source], check=True, capture_output=True)
    german = QLocale(QLocale.Language.German)
    assert not use_language(qapp, tmp_path / "none", german)
    assert use_language(qapp, tmp_path, german)
    assert (tr("Undo"), tr("Redo")) == ("Rückgängig", "Redo")
    said = [trn("{0:,} VM", "{0:,} VMs", count) for count in (1, 2, 0)]
    assert said == ["1 virtuelle Maschine", "2 virtuelle Maschinen", "0 virtuelle Maschinen"]
    for translator in qapp.findChildren(QTranslator):
        qapp.removeTranslator(translator)
    speak(None)
