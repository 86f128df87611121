"""The door of every text on the screen: forms by count, marked texts, and no sentence in the code that escapes."""

from __future__ import annotations

import ast
import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from designer import units
from designer.words import listed, mark, speak, tr, trn
from designer.words.reasons import REASONS, _told, told
from tests.imports import children, nodes, parsed

ROOT = Path(__file__).parent.parent
CODE = ROOT / "designer"
DOORS = {"tr", "trn", "mark"}
WORDS = re.compile(r"[A-Za-z]{2,}[,:;]? +([A-Za-z]{2,}|\{\}|[“\"'(])|\{\}[,:;]? +[a-z]{2,}")
"""What two words, or a word beside a value, look like."""
NO_TEXT = re.compile(
    r"\b(SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|PRAGMA|DROP|BEGIN|COMMIT|SAVEPOINT|ROLLBACK|total|VACUUM)\b"
    "|outline: none|style=|^<(svg|img|line|polyline|circle|rect|path) |^<b>{}</b>|^font-family="
)
"""Statements of a database, style, and elements of pages and drawings."""
SPEAKS_ENGLISH = (
    "cli", "results/command.py", "results/cost.py", "results/what_if.py", "results/receipt.py", "results/replay.py",
    "results/places.py", "results/report.py", "results/compare.py", "results/region_loss.py", "results/sizing.py",
    "results/bad_years.py", "results/animate.py",
    "results/reproduce.py", "results/sweep.py", "results/rehearse.py", "study/isolation/printed.py",
    "engine/", "self_test.py", "headless_demo.py", "app.py",
    "collector.py", "ui/preferences/report.py",
    "ui/parts/versions.py", "ui/pickers/rule_dialog.py", "store/file/versions", "exchange/titles.py",
)  # fmt: skip
"""The command line, the process of the engine and reports for us; steps of old files, titles that files have, and
rules as they are typed."""
INTERNAL = {
    "debug", "info", "warning", "error", "exception", "critical", "ValueError", "RuntimeError", "TypeError",
    "KeyError", "LookupError", "IndexError", "OSError", "EOFError", "AssertionError", "NotImplementedError", "compile",
    "memo", "execute", "setStyleSheet", "Thread", "setObjectName", "setProperty", "getLogger", "StringConstraints",
}  # fmt: skip
"""Calls whose texts nobody sees: of logs, of errors that are caught, of patterns and style."""
NAMES = {
    "{} bytes, sha256 {}", "Cloud Designer {}", "Cloud Designer", "Cloud Designer[*]", "VMware ESXi", "Proxmox VE",
    "d MMM yyyy", "Ctrl+wheel, pinch", "{} copy", " dedicated host", "powered on", "powered off", "shut off",
    "cut off ", "the firewall ", "with unread parts", "too many values", "not running", "working copy",
    "no write-ahead log", "Helvetica, Arial, sans-serif",
}  # fmt: skip
"""Names of things, formats, and texts that stand in files."""


@pytest.fixture(scope="module")
def collected() -> set[str]:
    """All texts that are collected for translators, in English."""
    spec = importlib.util.spec_from_file_location("texts", ROOT / "packaging" / "texts.py")
    assert spec is not None and spec.loader is not None
    collector = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(collector)
    from designer.catalog import KINDS
    from designer.checks.registry import CHECKS
    from designer.checks.run import STATES
    from designer.errors import NO_MEMORY
    from designer.model.fields import field_specs
    from designer.study.story import SENTENCES

    of_one = {one for one, _ in SENTENCES.values()} | {one for _, one, _, _ in STATES}
    fields = [spec for kind in KINDS.values() for spec in field_specs(kind.table).values()]
    sources = {cited.source for cited in (*CHECKS, *fields)}  # as they are written
    return {*collector.all_texts(), *collector.counted_texts(), *of_one, *sources, NO_MEMORY}


def named(call: ast.Call) -> str:
    return getattr(call.func, "id", getattr(call.func, "attr", ""))


def texts_in(node: ast.AST) -> Iterator[tuple[int, str]]:
    """The lines and texts of what stands in no docstring and passes no door; values are {}."""
    for child in children(node):
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
            continue
        if isinstance(child, ast.Call) and named(child) in DOORS | INTERNAL:
            continue
        if isinstance(child, ast.keyword) and child.arg in ("help", "source"):
            continue
        if isinstance(child, ast.JoinedStr):
            yield child.lineno, "".join(str(v.value) if isinstance(v, ast.Constant) else "{}" for v in child.values)
            for value in child.values:
                if isinstance(value, ast.FormattedValue):
                    yield from texts_in(value)
            continue
        if isinstance(child, ast.Constant) and isinstance(child.value, str):
            yield child.lineno, child.value
        yield from texts_in(child)


def escaping(tree: ast.AST, collected: set[str]) -> Iterator[tuple[int, str]]:
    for line, text in texts_in(tree):
        if WORDS.search(text) and not NO_TEXT.search(text) and text not in collected and text not in NAMES:
            yield line, text


def test_that_percents_are_written_in_one_way(collected: set[str]) -> None:
    assert [text for text in collected if re.search(r"[0-9}] %", text)] == []
    assert (units.text(0.7, "fraction"), units.exact_text(0.07, "fraction")) == ("70%", "7%")


# Dialect that a stranger reads twice: a number, a time or a change without its noun.
DIALECT = re.compile(r"\b(so (many|much|few)|for so long|after so long|is another one|comes round)\b", re.IGNORECASE)


def test_that_sentences_name_what_they_count() -> None:
    found = [
        f"{path.relative_to(CODE)}:{node.lineno}: {said[0]}"
        for path in sorted(CODE.rglob("*.py"))
        for node in nodes(parsed(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and (said := DIALECT.search(node.value))
    ]
    assert found == []


def test_that_every_sentence_in_the_code_passes_the_door(collected: set[str]) -> None:
    found = []
    for path in sorted(CODE.rglob("*.py")):
        name = path.relative_to(CODE).as_posix()
        if not name.startswith(SPEAKS_ENGLISH):
            found += [f"{name}:{line}: {text}" for line, text in escaping(parsed(path), collected)]
    assert found == []


@pytest.mark.parametrize(
    "code",
    [
        'raise RuleError(f"{name} has no room.")', 'x = "the disk is full"', 'yield Found("It waits for long")',
        'f(f"{a} {b if c else \'or so it\'}")',
    ],
)  # fmt: skip
def test_that_a_sentence_that_escapes_is_found(code: str) -> None:
    assert list(escaping(ast.parse(code), set()))


def test_that_texts_for_nobody_and_those_at_a_door_are_not_found() -> None:
    lines = (
        'log.debug("it was so")',
        'raise ValueError("not this")',
        'tr("it {0} so", x)',
        'f(help="Says it")',
        '"a doc"',
    )
    code = "\n".join(lines)
    assert list(escaping(ast.parse(code), set())) == []


def reasons_in(path: Path) -> Iterator[tuple[int, str]]:
    """The texts of a module of the engine that may be shown."""
    for line, text in texts_in(parsed(path)):
        if WORDS.search(text) and not NO_TEXT.search(text) and text.strip("{} ,:."):
            yield line, text


UNTOLD = ("__init__.py", "compiled.py", "tables_by_address.py", "values.py", "result/result.py", "result/log.py")
"""Modules of the engine whose texts are of errors that nobody sees, and of what columns hold."""


def test_that_the_window_knows_every_text_of_the_engine() -> None:
    known, found = {re.sub(r"\{\d+\}", "{}", text) for some in REASONS.values() for text in some}, []
    said = set()
    for path in sorted((CODE / "engine").rglob("*.py")):
        name = path.relative_to(CODE / "engine").as_posix()
        if name not in UNTOLD:
            reasons = list(reasons_in(path))
            found += [f"{name}:{line}: {text}" for line, text in reasons if text not in known]
            said |= {text for _, text in reasons}
    assert found == [], "add them to designer/words/reasons.py"
    assert known - said == set(), "nobody says these any more"


def test_that_a_sentence_of_the_engine_is_told_in_the_language_with_its_values() -> None:
    german = {
        "no host {0} can reserve {1} MHz": "kein Host {0} kann {1} MHz reservieren",
        "in {0}": "in {0}",
        "its cluster": "seinem Cluster",
        "{0} has no live migration": "{0} kennt keine Live-Migration",
    }
    sentence = "no host in its cluster can reserve 2,500 MHz"
    assert told(sentence) == sentence
    speak(lambda text, count=-1: german.get(text, text))
    try:
        _told.cache_clear()
        assert told(sentence) == "kein Host in seinem Cluster kann 2,500 MHz reservieren"
        assert told("web {0} has no live migration") == "web {0} kennt keine Live-Migration"
        assert told("My own words") == "My own words"
    finally:
        speak(None)
        _told.cache_clear()
    assert told(sentence) == sentence


def early(tree: ast.AST, runs: bool = True) -> Iterator[int]:
    """The lines of texts that are looked up when their module is read, maybe before there is a language."""
    for node in children(tree):
        if isinstance(node, ast.FunctionDef | ast.Lambda):
            given = [*node.args.defaults, *filter(None, node.args.kw_defaults)]
            yield from early(ast.Module([ast.Expr(value) for value in given], []), runs)
            yield from early(ast.Module(node.body if isinstance(node.body, list) else [], []), False)
            continue
        if runs and isinstance(node, ast.Call) and named(node) in ("tr", "trn"):
            yield node.lineno
        yield from early(node, runs)


def test_that_below_the_window_no_text_is_looked_up_before_there_is_a_language() -> None:
    found = []
    for path in sorted(CODE.rglob("*.py")):
        name = path.relative_to(CODE).as_posix()
        if not name.startswith("ui/"):  # its panels are read when there is one
            found += [f"{name}:{line}" for line in early(parsed(path))]
    assert found == []
    assert list(early(ast.parse('A = {1: tr("a")}\ndef f(a=tr("b"), *, c=tr("c")):\n    return tr("d")'))) == [1, 2, 2]
    assert list(early(ast.parse('def f():\n    def g(a=tr("b")):\n        pass'))) == []


def half_spoken(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Words that stand beside one that passes the door, or are handed to the door as a value."""
    for node in nodes(tree):
        values = node.args[1:] if isinstance(node, ast.Call) and named(node) in DOORS else []
        inner = [part for value in values for part in ast.walk(value)]
        for choice in (part for part in (node, *inner) if isinstance(part, ast.IfExp)):
            ends = (choice.body, choice.orelse)
            words = [e.value for e in ends if isinstance(e, ast.Constant) and isinstance(e.value, str)]
            spoken = any(isinstance(e, ast.Call) and named(e) in DOORS for e in ends)
            if choice is not node or spoken:
                yield from ((choice.lineno, word) for word in words if any(map(str.isalpha, word)))


def test_that_no_word_stays_in_english_beside_one_that_is_translated() -> None:
    found = []
    for path in sorted(CODE.rglob("*.py")):
        name = path.relative_to(CODE).as_posix()
        if not name.startswith(SPEAKS_ENGLISH):
            found += [f"{name}:{line}: {word}" for line, word in half_spoken(parsed(path))]
    assert found == []
    for code in ('tr("at least") if x else "above"', 'tr("{0} it", "does" if one else "do")'):
        assert list(half_spoken(ast.parse(code)))


@pytest.fixture
def french() -> Iterator[None]:
    """None is singular, as in French; one translation has a place too many."""
    known = {"{0} VMs of {1}": ("{1} a {0} machine", "{1} a {0} machines"), "{0} hosts": ("{0} {7}", "{0} {7}")}

    def translate(text: str, count: int = -1) -> str:
        forms: Any = known.get(text)
        return forms[count > 1] if forms else text

    speak(translate)
    yield
    speak(None)


def test_that_the_language_chooses_the_form_for_a_count(french: None) -> None:
    said = [trn("{0} VM of {1}", "{0} VMs of {1}", n, "web") for n in (0, 1, 2)]
    assert said == ["web a 0 machine", "web a 1 machine", "web a 2 machines"]
    assert [trn("{0} host", "{0} hosts", n) for n in (1, 2)] == ["1 host", "2 hosts"]
    assert [trn("{0} rack", "{0} racks", n) for n in (1, 2)] == ["1 rack", "2 racks"]


def test_that_a_marked_text_is_as_it_was_and_translated_where_it_is_shown() -> None:
    text = mark("it is full")
    assert text == "it is full"
    speak({"it is full": "es ist voll"}.get)  # type: ignore[arg-type]
    assert tr(text) == "es ist voll"
    speak(None)
    assert tr(text) == "it is full"


def test_that_names_are_listed_as_in_a_sentence() -> None:
    told = [listed(["a", "b", "c"][:n]) for n in range(4)]
    assert told == ["", "a", "a and b", "a, b and c"]
    assert [listed(["a", "b", "c"], 2), listed(["a"], 2, 3), listed("ab", 2, 2)] == [
        "a, b and 1 more",
        "a and 2 more",
        "a and b",
    ]
