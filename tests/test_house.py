"""What must never be: each rule of the house is one test, its exceptions are named beside it."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import pkgutil
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TypeGuard

import pytest
from pytestqt.qtbot import QtBot

from designer.assets import asset
from designer.catalog import KINDS, LINKS
from designer.catalog.presets.shipped import preset_lists
from designer.model.fields import field_specs, form_fields
from designer.ui.actions.late import LATE
from tests.imports import Rule, graph_of_the_program, imported, is_module, nodes, parsed

ROOT = Path(__file__).parent.parent
CODE = ROOT / "designer"
QT = ("PySide6*", "shiboken6*", "pyqtgraph*")
GROUND = ("units", "errors", "ids", "settings", "assets", "collector", "foreign", "memory", "words")
FLOORS = (
    "model",
    "catalog",
    "commands",
    "checks",
    "store",
    "study",
    "exchange",
    "engine",
    "ui",
    "app",
    "report",
    "results",
    "cli*",
    "__main__",
)


def floors(*names: str) -> list[str]:
    """Patterns of whole floors: the package or module and all below it."""
    return [pattern for name in names for pattern in (f"designer.{name}", f"designer.{name}.*")]


def all_but(*names: str) -> list[str]:
    """Patterns of every floor but those named."""
    return floors(*(name for name in FLOORS if name not in names))


# -- who may know whom


def test_that_the_ground_knows_nobody() -> None:
    Rule("the ground").match(*floors(*GROUND)).should_not_import(*all_but(), *QT, "sqlmodel*").check()


def test_that_the_model_knows_only_the_ground() -> None:
    Rule("the model").match(*floors("model")).should_not_import(*all_but("model"), *QT).check()


def test_that_the_engine_stands_alone() -> None:
    rule = Rule("the engine", "it starts fast in worker processes and is tested without a project")
    forbidden = [*all_but("engine"), *QT, "sqlmodel*", "sqlalchemy*", "pydantic*"]
    rule.match(*floors("engine")).should_not_import(*forbidden).check()


def test_that_the_catalog_knows_of_the_engine_only_its_spec() -> None:
    rule = Rule("the catalog").match(*floors("catalog"))
    rule.should_not_import(*all_but("catalog", "model", "engine"), *QT).check()
    rule.should_not_import("designer.engine.*").may_import("designer.engine.spec", "designer.engine.spec.*").check(
        only_direct=True
    )


def test_that_commands_know_neither_files_nor_runs() -> None:
    # commands.imports and commands.estates place what exchange has read: there a foreign file becomes a design.
    rule = Rule("commands").match(*floors("commands"))
    rule = rule.exclude("designer.commands.imports").exclude("designer.commands.estates.*")
    rule.should_not_import(*all_but("commands", "catalog", "model", "engine"), *QT).check()
    rule = Rule("imports").match(*floors("commands"))
    rule.should_not_import(*floors("store", "study", "ui", "app", "cli*"), *QT).check()


def test_that_checks_know_neither_files_nor_runs_nor_the_window() -> None:
    rule = Rule("checks").match(*floors("checks"))
    rule.should_not_import(*floors("store", "study", "exchange", "ui", "app", "cli*"), *QT).check()
    rule = Rule("reports stand above all that they tell of").match(*floors("report"))
    rule.should_not_import(*floors("results", "ui", "app", "cli*"), *QT).check()
    below = Rule("checks stand above").match(*floors("model", "catalog", "commands", "study", "store", "exchange"))
    below.should_not_import(*floors("checks", "report")).check()


def test_that_the_store_knows_no_study_and_no_commands() -> None:
    rule = Rule("the store").match(*floors("store"))
    rule.should_not_import(*floors("commands", "study", "exchange", "ui", "app", "cli*"), *QT).check()


def test_that_a_study_knows_no_commands_and_no_window() -> None:
    rule = Rule("the study").match(*floors("study"))
    rule.should_not_import(*floors("commands", "store", "exchange", "ui", "app", "cli*"), *QT).check()


def test_that_exchange_knows_no_commands_no_runs_and_no_window() -> None:
    rule = Rule("exchange").match(*floors("exchange"))
    rule.should_not_import(*floors("commands", "store", "study", "ui", "app", "cli*"), *QT).check()


ABOVE = ("ui", "app", "self_test", "headless_demo")


def test_that_nobody_below_the_window_knows_qt() -> None:
    rule = Rule("no Qt below").match("designer", "designer.*").exclude(*floors(*ABOVE, "cli*", "__main__"))
    rule.should_not_import(*QT).check()


def test_that_nobody_but_app_knows_the_window() -> None:
    # The command line reaches the window through app; each import is late, for start-up time.
    rule = Rule("the window is on top").match("designer", "designer.*").exclude(*floors(*ABOVE))
    rule.should_not_import(*floors("ui")).check(only_direct=True)
    rule = Rule("app is above the window").match(*floors("ui"))
    rule.should_not_import(*floors("app", "cli*")).check()


def test_that_only_the_plots_know_pyqtgraph() -> None:
    rule = Rule("pyqtgraph").match("designer", "designer.*").exclude("designer.ui.plots*")
    rule.should_not_import("pyqtgraph*").check(only_direct=True)


PANELS = {
    "side": ("side", "form"),
    "canvas": ("canvas",),
    "run": ("run.run_bar", "run.timeline", "run.lanes", "run.events_panel", "run.result_panel", "plots"),
    "shell": ("shell.window", "shell.frame", "shell.command_palette", "actions"),
}


@pytest.mark.parametrize("group", [name for name in PANELS if name != "shell"])
def test_that_panels_stand_side_by_side_and_do_not_know_each_other(group: str) -> None:
    others = [f"ui.{name}" for other, names in PANELS.items() if other != group for name in names]
    for name in PANELS[group]:
        assert is_module(f"designer.ui.{name}"), name
    rule = Rule(f"panels: {group}").match(*floors(*(f"ui.{name}" for name in PANELS[group])))
    rule.should_not_import(*floors(*others)).check()


# -- how the code is written


def sources(folder: Path = CODE) -> list[tuple[str, ast.Module]]:
    """Every source file: its name relative to the package, and its syntax tree."""
    return [(path.relative_to(CODE).as_posix(), parsed(path)) for path in sorted(folder.rglob("*.py"))]


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of a file."""
    for node in nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def is_import(node: ast.AST) -> TypeGuard[ast.Import | ast.ImportFrom]:
    """True for either way to import."""
    return isinstance(node, ast.Import | ast.ImportFrom)


def is_for_types(node: ast.AST) -> bool:
    """True for `if TYPE_CHECKING:`."""
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def test_that_a_rule_of_imports_finds_what_is_imported_through_others() -> None:
    graph = {"a": {"b", "json"}, "b": {"c.d"}, "c.d": {"a", "Qt.x"}, "e": {"Qt.y"}}
    rule = Rule("no Qt").should_not_import("Qt*")
    with pytest.raises(AssertionError, match=r"'a -> b -> c\.d -> Qt\.x'"):
        rule.match("a").check(graph)
    with pytest.raises(AssertionError, match=r"\['c\.d -> Qt\.x'\]"):
        rule.match("*").exclude("e").check(graph, only_direct=True)
    with pytest.raises(AssertionError, match="no module"):
        rule.match("f").check(graph)
    rule.match("a", "b").check(graph, only_direct=True)
    rule.match("*").exclude("e").may_import("Qt.x").check(graph)


def test_that_no_import_goes_in_a_circle_not_even_a_late_one_or_one_that_names_types() -> None:
    graph = graph_of_the_program()
    graph = {name: targets & graph.keys() for name, targets in graph.items()}
    done: set[str] = set()
    circles: list[list[str]] = []

    def visit(name: str, way: list[str]) -> None:
        if name in way:
            circles.append([*way[way.index(name) :], name])
            return
        if name in done:
            return
        for target in sorted(graph[name]):
            visit(target, [*way, name])
        done.add(name)

    for name in graph:
        visit(name, [])
    assert circles == []


def test_that_what_is_loaded_late_counts_as_imported() -> None:
    graph = graph_of_the_program()
    assert "designer.ui.pickers.many_dialog" in graph["designer.ui.actions.insert"]
    assert "designer.ui.manual.dialog" in graph["designer.ui.actions.help"]
    late = {target for targets in graph.values() for target in targets if target.startswith("designer.ui.")}
    assert [module for module, _ in sorted(LATE) if module not in late] == []


def test_that_what_only_names_types_comes_from_the_same_folder_or_below() -> None:
    below = {"study": ("designer.engine",)}
    strangers = [
        f"{name}: {target}"
        for name, tree in sources()
        for node in nodes(tree)
        if is_for_types(node)
        for inner in ast.walk(node)
        for target in imported(inner, "")
        if target.startswith("designer.")
        and not target.startswith(f"designer.{name.rpartition('/')[0].replace('/', '.')}.")
        and not target.startswith(below.get(name.partition("/")[0], ("-",)))
    ]
    assert strangers == []


# Late imports for start-up time. In ui: what is heavy and not needed at the first paint.
# In study: the compiler, which only a process that simulates needs. In the theme: numpy, before the first paint.
LATE_IMPORTS = re.compile(
    r"^(cli\w*|app|__main__|self_test|headless_demo|study/(availability/apart|collapse|each/apart|engine_process|headless|results/vm_loads|scenarios/rehearsal/apart|sizing/apart)|ui/parts/theme)\.py$"
)


def test_that_imports_stand_at_the_top_but_where_start_up_time_asks_for_it() -> None:
    late = [
        f"{name}:{node.lineno}"
        for name, tree in sources()
        if not LATE_IMPORTS.match(name) and any(is_import(node) and node.col_offset for node in nodes(tree))
        for function in functions(tree)
        for node in nodes(function)
        if is_import(node)
    ]
    assert late == []


CAPACITY = {
    "engine/spec/capacity.py",
    "engine/spec/check.py",
    "catalog/rules/capacity.py",
    "catalog/kinds/hardware/host.py",
}


def test_that_what_a_host_has_for_vms_is_computed_in_one_place() -> None:
    # Who reads overcommit or overheads computes capacity: only the formulas, and the record that they are given.
    names = re.compile(r"\b(overcommit|vm_ram_frac|vm_ram_per_vcpu_mib|smt_yield)\b")
    readers = [
        name
        for name, tree in sources()
        for node in nodes(tree)
        if (isinstance(node, ast.Attribute) and names.fullmatch(node.attr))
        or (isinstance(node, ast.Subscript) and names.search(ast.unparse(node.slice)))
    ]
    assert set(readers) <= CAPACITY | {"engine/tables/limits.py"}
    takers = [name for name, tree in sources() for node in nodes(tree) if _adds_overhead(node)]
    assert set(takers) == {"engine/capacity.py", "engine/tables/tabulate.py"}  # each by `spec.capacity.vm_mib`


def _adds_overhead(node: ast.AST) -> bool:
    """Whether a node reads what hypervisors add to the memory of a VM, from the arrays of a run."""
    return isinstance(node, ast.Subscript) and re.fullmatch(r".*\bextra\[\(?[012:], .*", ast.unparse(node)) is not None


WRITERS = {"add", "remove", "set", "edit", "replace", "become"}
# Opening and closing a file replaces the design: the window's business, not an edit.
REPLACES = {"app.py", "ui/shell/window.py", "ui/shell/session.py", "ui/files/files.py"}


def test_that_the_window_opens_no_edit_of_its_own() -> None:
    writes = []
    for name, tree in sources(CODE / "ui"):
        for node in nodes(tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            verb, target = node.func.attr, ast.unparse(node.func.value)
            written = target.rpartition(".")[2] in ("project", "_project") and verb in WRITERS
            if written and not (verb == "replace" and name in REPLACES):
                writes.append(f"{name}:{node.lineno} {target}.{verb}")
    assert writes == []


FEW = {
    "edit.place", "edit.rename", "edit.resize", "join_through.connect_through", "links.set_kind", "presets.save",
    "presets.update", "regions.place_region", "blueprints.begin", "blueprints.why_not_place",
}  # fmt: skip
"""Commands that touch one element or link, the few of a region, or a design that nobody sees yet."""
DOORS = ("do_large", "perform")


def writing() -> set[str]:
    """The commands that change a design: those that open an edit, and those that call one of them."""
    bodies: dict[str, list[str]] = {}
    for name, tree in sources(CODE / "commands"):
        for node in (node for node in tree.body if isinstance(node, ast.FunctionDef)):
            here = Path(name).stem
            called = [ast.unparse(call.func) for call in ast.walk(node) if isinstance(call, ast.Call)]
            bodies[f"{here}.{node.name}"] = [one if "." in one else f"{here}.{one}" for one in called]
    found: set[str] = set()
    while more := {n for n, called in bodies.items() if {"project.edit", *found} & {*called}} - found:
        found |= more
    return {name for name in found if not name.partition(".")[2].startswith("_")}


def outside_the_door(tree: ast.AST, known: set[str]) -> Iterator[str]:
    """Commands that a file of the window names elsewhere than as what a door runs, or in a function that such a door
    hands the design it works on."""
    inside: set[ast.AST] = set()
    for node in nodes(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in DOORS:
            inside.update(node.args)
        if isinstance(node, ast.FunctionDef) and any(arg.arg == "project" for arg in node.args.args):
            inside.update(ast.walk(node))
    yield from (
        ast.unparse(node)
        for node in nodes(tree)
        if isinstance(node, ast.Name | ast.Attribute) and node not in inside and ast.unparse(node) in known
    )


def test_that_each_command_of_many_goes_through_the_door_of_large_work() -> None:
    known = writing()
    assert known >= FEW | {"edit.delete", "lock.show_all", "clipboard.paste", "tidy.tidy", "restore.restore"}
    named = {name.partition(".")[2]: name for name in known}
    found = set()
    for file, tree in sources(CODE / "ui"):
        alone = {
            alias.asname or alias.name: named[alias.name]
            for node in nodes(tree)
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("designer.commands.")
            for alias in node.names
            if f"{(node.module or '').rpartition('.')[2]}.{alias.name}" in known
        }
        for name in outside_the_door(tree, known | alone.keys()):
            found.add(f"{file} {alone.get(name, name)}")
    assert {one for one in found if one.partition(" ")[2] not in FEW} == {
        "ui/start/thumbnails.py edit.delete", "ui/start/thumbnails.py tidy.tidy"
    }  # fmt: skip


PAGE_LINES = 100


def test_that_the_page_of_the_house_is_one_page_and_names_what_is_there() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    assert len(page.splitlines()) <= PAGE_LINES
    floors_here = {path.name for path in CODE.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert floors_here - {"resources"} == set(re.findall(r"^  (\w+)/ ", page, re.MULTILINE))
    named = {name.removesuffix(".py") for name in re.findall(r"`([a-z_]+(?:[./][a-z_]+)+)(?:\.py)?`", page)}
    paths = {name.replace(".", "/") for name in named if "/" in name or name.partition(".")[0] in floors_here}
    tops = {path.partition("/")[0] for path in paths}
    missing = [
        path
        for path in sorted(paths)
        if not any(
            (base / f"{path}{end}").exists()
            for base in (CODE, ROOT, CODE / "engine", CODE / "store")
            for end in ("", ".py")
        )
        and not _is_name(path)
    ]
    assert tops and missing == []
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    table = re.sub(r"(?<=[(, ])-(?=\w)", "pytest-", page).lower()
    assert [
        name
        for r in wanted
        if (name := re.split(r"[<>=!~; \[]", r)[0].lower().removesuffix("-essentials")) not in table
    ] == []


def _is_name(path: str) -> bool:
    """True for a function or class of ours, written as a path."""
    module, _, name = path.rpartition("/")
    return any(
        (base / f"{module}.py").is_file() and re.search(rf"\b{name}\b", (base / f"{module}.py").read_text("utf-8"))
        for base in (CODE, CODE / "engine")
    )


def test_that_only_the_excepthook_and_the_guard_catch_everything() -> None:
    catches = [
        f"{name}:{node.lineno}"
        for name, tree in sources()
        for node in nodes(tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) == "Exception")
        and name not in ("app.py", "self_test.py", "ui/parts/guard.py")
    ]
    assert catches == []


def test_that_functions_stay_below_60_lines_and_classes_at_25_methods() -> None:
    long = [
        f"{name}: {function.name} {function.end_lineno - function.lineno + 1}"
        for name, tree in sources()
        for function in functions(tree)
        if function.end_lineno is not None and function.end_lineno - function.lineno >= 60
    ]
    large = [
        f"{name}: {node.name}"
        for name, tree in sources()
        for node in nodes(tree)
        if isinstance(node, ast.ClassDef) and sum(1 for _ in methods(node)) > 25
    ]
    assert (long, large) == ([], [])


def methods(node: ast.ClassDef) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Methods of a class."""
    yield from (n for n in node.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))


def test_that_all_that_is_public_says_what_it_gives() -> None:
    bare = [
        f"{name}: {node.name}"
        for name, tree in sources()
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert bare == []


# The engine knows no tables: a kind and the record of it in a spec are one thing in two forms, and have one name.
TWO_FORMS = re.compile(r"^(catalog/kinds/.*|engine/spec/(power/)?records)\.py$")


def test_that_no_two_classes_have_one_name() -> None:
    homes: dict[str, list[str]] = {}
    for name, tree in sources():
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes.setdefault(node.name, []).append(name)
    twins = {name: files for name, files in homes.items() if len(files) > 1}
    two_forms = {name for name, files in twins.items() if len(files) == 2 and all(map(TWO_FORMS.match, files))}
    assert {name: files for name, files in twins.items() if name not in two_forms} == {}


# Words that say nothing to a stranger, or another concept in this field.
STRANGE = {"Room", "Asked", "Fate", "held", "outlook", "apart", "pour", "unsound", "refuse", "suit", "beside", "walk"}


def test_that_names_are_the_field_s_words() -> None:
    strange = [
        f"{name}: {node.name}"
        for name, tree in sources()
        for node in nodes(tree)
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name.strip("_") in STRANGE
    ]
    assert strange == []


def test_that_at_most_20_modules_stand_side_by_side() -> None:
    rooms = Counter(name.rpartition("/")[0] for name, _ in sources() if not name.endswith("__init__.py"))
    assert {room: count for room, count in rooms.items() if count > 20} == {}


def test_that_actions_do_not_know_the_window() -> None:
    rule = Rule("actions take a context").match(*floors("ui.actions"))
    rule.should_not_import("designer.ui.shell.window").check()


def test_that_no_module_has_a_name_that_says_nothing() -> None:
    names = {part for name, _ in sources() for part in name.removesuffix(".py").split("/")}
    assert not names & {"utils", "util", "helpers", "helper", "manager", "common", "misc"}


# Jobs run on threads: what they raise is carried to the window's thread and raised there.
UNGUARDED = {"_Job.run"}


def test_that_all_that_qt_calls_of_ours_passes_the_guard() -> None:
    import designer.ui
    from designer.ui.parts.guard import is_guarded, overrides

    bare, within = [], []
    for found in pkgutil.walk_packages(designer.ui.__path__, "designer.ui."):
        module = importlib.import_module(found.name)
        for cls in vars(module).values():
            if inspect.isclass(cls) and cls.__module__ == found.name:
                qt = [base for base in cls.__mro__ if base.__module__.startswith("PySide6.")]
                mixed = [base for base in cls.__mro__ if base.__module__.startswith("designer.")] if qt else []
                bare += [f"{cls.__name__}.{name}" for name in overrides(cls) if not is_guarded(vars(cls)[name])]
                bare += [
                    f"{base.__name__}.{name}"
                    for base in mixed
                    for name, value in vars(base).items()
                    if inspect.isfunction(value) and not name.startswith("__") and not is_guarded(value)
                    if any(name in vars(one) for one in qt)
                ]
        tree = parsed(Path(inspect.getsourcefile(module) or ""))
        nested = {n for above in tree.body for n in ast.walk(above) if isinstance(n, ast.ClassDef) and n is not above}
        within += [f"{found.name}.{one.name}" for one in nested]
        within += [found.name for n in nodes(tree) if isinstance(n, ast.Assign) for to in n.targets
                   if isinstance(to, ast.Attribute) and to.attr.endswith("Event")]  # fmt: skip
    assert set(bare) <= UNGUARDED
    assert within == []  # a class in a function, and a method set on an object, are not found by looking


# A test waits for a condition (`tests/waiting.py`, `qtbot.waitUntil`, `App.wait`), rings a timer by hand, or counts: a
# busy machine is slow, and a sentence over the drawing is gone after some seconds. Kills fall at moments of chance.
PACE = re.compile(
    r"\bsleep\(|qWait\(|qtbot\.wait\(|wait\(lambda: False|message\.(isVisible|isHidden|text)\("
    r"|\bwait\([0-9]|timeout=[0-9]|app\.wait\(.*, [0-9.]+\)"
)
CLOCK = re.compile(r"\b(perf_counter|monotonic)\(\)(?!\))|\bprocess_time\(\).* < [0-9]")


def test_that_no_test_sleeps_or_reads_what_a_timer_removes() -> None:
    paced = [
        f"{name}: {line.strip()}"
        for name, text in written_tests()
        for line in text.splitlines()
        if PACE.search(line) and name not in ("waiting.py", "test_house.py")
    ]
    assert paced == []


def test_that_only_what_runs_alone_measures_time_and_says_why() -> None:
    marked, measuring = set(), set()
    for name, text in written_tests():
        marks = re.findall(r"@pytest\.mark\.alone.*", text)
        assert all(re.fullmatch(r"\S+  # measures [a-z0-9].*", mark) for mark in marks), name
        marked |= {name} if marks else set()
        measuring |= {name} if name.rpartition("/")[2].startswith("test_") and CLOCK.search(text) else set()
    assert measuring <= marked


ASKS = {"raises", "warns", "fail", "check", "waitUntil", "waitSignal", "waitSignals", "waitExposed"}
"""What also fails where something is not so; `check` is that of the rules of imports."""


def test_that_every_test_asserts_something() -> None:
    every = [(name, function) for name, tree in trees_of_tests() for function in functions(tree)]
    calls = {function: set(called(function)) for _, function in every}
    sure = {f.name for _, f in every if calls[f] & ASKS or any(isinstance(node, ast.Assert) for node in nodes(f))}
    while grown := {f.name for _, f in every if calls[f] & sure} - sure:
        sure |= grown
    idle = [
        f"{name}: {f.name}"
        for name, f in every
        if f.name.startswith("test_") and not calls[f] & (sure | ASKS) and f.name not in sure
    ]
    assert sum(f.name.startswith("test_") for _, f in every) > 1000
    assert idle == []


def called(function: ast.AST) -> Iterator[str]:
    """The bare names of all that is called in a function."""
    for node in nodes(function):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute):
                yield node.func.attr
            elif isinstance(node.func, ast.Name):
                yield node.func.id


def test_that_no_assertion_holds_whatever_happens() -> None:
    empty = [
        f"{name}:{node.lineno}: {ast.unparse(node)[:80]}"
        for name, tree in trees_of_tests()
        for node in nodes(tree)
        if isinstance(node, ast.Assert) and always_true(node.test)
    ]
    assert empty == []


def always_true(node: ast.expr) -> bool:
    """Whether an expression is true without looking at what the program did."""
    if isinstance(node, ast.Constant):
        return bool(node.value)
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
        return any(always_true(value) for value in node.values)
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        sides = [ast.unparse(node.left), ast.unparse(node.comparators[0])]
        alike = sides[0] == sides[1] and "(" not in sides[0]
        return alike or (sides[0].startswith("len(") and sides[1] == "0" and isinstance(node.ops[0], ast.GtE))
    return isinstance(node, ast.Tuple | ast.Lambda | ast.GeneratorExp | ast.JoinedStr)


@cache
def written_tests() -> list[tuple[str, str]]:
    """Every file of the tests but the benchmarks: its name relative to `tests`, and its text."""
    paths = [path for path in sorted((ROOT / "tests").rglob("*.py")) if "benchmarks" not in path.parts]
    return [(path.relative_to(ROOT / "tests").as_posix(), path.read_text("utf-8")) for path in paths]


@cache
def trees_of_tests() -> list[tuple[str, ast.Module]]:
    """Every file of the tests but the benchmarks: its name, and its syntax tree."""
    return [(name, ast.parse(text)) for name, text in written_tests()]


WRITTEN_BY_TESTS = {"designer.catalog.kinds.places.lighthouse"}
"""Modules that a test adds to a copy of the program."""


def test_that_programs_in_texts_of_tests_import_what_there_is() -> None:
    programs = [(name, ast.parse(text)) for name, tree in trees_of_tests() for text in programs_in(tree)]
    missing = [
        f"{name}: {target}"
        for name, program in programs
        for node in ast.walk(program)
        for target in imported_names(node)
        if target.partition(".")[0] in ("designer", "tests") and not is_there(target)
    ]
    assert len(programs) > 20
    assert missing == []


def programs_in(tree: ast.Module) -> Iterator[str]:
    """The texts in a file of tests that import something of ours; what is put in them is named `_put`."""
    joined = [node for node in nodes(tree) if isinstance(node, ast.JoinedStr)]
    parts = {id(part) for node in joined for part in node.values}
    texts = [node.value for node in nodes(tree)
             if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts]  # fmt: skip
    texts += ["".join(str(p.value) if isinstance(p, ast.Constant) else "_put" for p in node.values) for node in joined]
    yield from (text for text in texts if re.search(r"^ *(from|import) (designer|tests)\b", text, re.MULTILINE))


def imported_names(node: ast.AST) -> Iterator[str]:
    """What an import statement names, in full."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_there(target: str) -> bool:
    """Whether a module is there, or the name in it; also when only a test that runs knows which."""
    module, _, name = target.rpartition(".")
    known = "_put" in target or name == "*" or module in WRITTEN_BY_TESTS or is_module(target)
    return known or (is_module(module) and hasattr(importlib.import_module(module), name))


# -- what is loaded when

BELOW = ("engine", "study.worker", "model", "catalog", "store", "study", "commands", "exchange", "checks", "report")
LOAD = f"""
import importlib, json, pkgutil, sys
loaded = {{}}
def note(floor):
    loaded[floor] = sorted(sys.modules)
import designer.cli
note("cli")
for floor in {BELOW}:
    found = importlib.import_module("designer." + floor)
    for module in pkgutil.walk_packages(getattr(found, "__path__", ()), found.__name__ + "."):
        importlib.import_module(module.name)
    note(floor)
print(json.dumps(loaded))
"""


@pytest.fixture(scope="module")
def loaded(fresh_python: Callable[[str], str]) -> dict[str, set[str]]:
    """The modules of a process that loads the command line and one floor after another, when it has loaded each."""
    return {floor: set(names) for floor, names in json.loads(fresh_python(LOAD)).items()}


@pytest.mark.parametrize("floor", ["cli", *BELOW])
def test_that_a_floor_below_the_window_loads_no_qt(floor: str, loaded: dict[str, set[str]]) -> None:
    assert {name.partition(".")[0] for name in loaded[floor]} & {"PySide6", "shiboken6", "pyqtgraph"} == set()
    assert f"designer.{floor}" in loaded[floor]


def test_that_the_engine_loads_no_tables(loaded: dict[str, set[str]]) -> None:
    assert loaded["engine"] & {"sqlmodel", "sqlalchemy", "pydantic"} == set()


def test_that_the_process_of_the_engine_loads_no_tables_and_no_catalog(loaded: dict[str, set[str]]) -> None:
    heavy = {"sqlmodel", "sqlalchemy", "pydantic", "designer.catalog", "designer.model.element", "designer.store"}
    assert loaded["study.worker"] & heavy == set()


def test_that_the_command_line_starts_without_the_heavy_parts(loaded: dict[str, set[str]]) -> None:
    heavy = {"PySide6", "numba", "numpy", "scipy", "sqlmodel", "pyqtgraph", "llvmlite"}
    assert loaded["cli"] & heavy == set()


# -- what there is to draw with


@pytest.mark.parametrize("name", KINDS)
def test_that_every_kind_has_icon_label_help_place_and_form(name: str) -> None:
    kind = KINDS[name]
    assert asset(f"icons/{kind.icon}").is_file()
    assert kind.label
    assert kind.help.endswith(".")
    assert kind.plural
    assert kind.table.kind == name
    assert set(kind.inside) <= set(KINDS)
    assert bool(kind.inside) == (name != "design")
    assert (kind.section != "more") == kind.in_palette, "say in which section the palette offers it"
    assert {spec.name for spec in form_fields(kind.table)} >= {"note"}


@pytest.mark.parametrize("name", KINDS)
def test_that_every_field_is_declared_whole(name: str) -> None:
    for spec in field_specs(KINDS[name].table).values():
        assert spec.title
        assert spec.confidence in ("", "A", "B", "C"), spec.name
        assert bool(spec.confidence) <= bool(spec.source), f"{spec.name}: a confidence needs a source"
        if spec.when:
            condition = field_specs(KINDS[name].table)[spec.when[0]]
            if condition.type in (int, float):
                assert all(float(text.removeprefix("> ")) >= 0.0 for text in spec.when[1:])
            else:
                assert set(spec.when[1:]) <= {
                    *condition.choices,
                    *(("True", "False") if condition.type is bool else ()),
                }
        if spec.editor != "hidden":
            assert spec.group, f"{spec.name} stands in no section of the form"


@pytest.mark.parametrize("name", LINKS)
def test_that_every_link_joins_kinds_that_there_are(name: str) -> None:
    link = LINKS[name]
    assert link.label
    assert link.help
    assert set(link.sources) | set(link.targets) <= set(KINDS)


def test_that_every_preset_has_a_source() -> None:
    for (kind, field), listed in preset_lists().items():
        assert field in field_specs(KINDS[kind].table)
        for preset in listed.presets.values():
            assert preset.source
            assert preset.confidence in ("A", "B", "C")


# -- what is shipped


def pinned() -> dict[str, str]:
    """Names and versions of constraints.txt."""
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    return dict(line.split("==") for line in lines if line and not line.startswith("#"))


def plain(name: str) -> str:
    """A package's name as it is compared."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_that_constraints_hold_names_and_versions_only() -> None:
    for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines():
        pinned = r'[A-Za-z0-9._-]+==[0-9][0-9A-Za-z.+!]*(; python_version [<>]=? "3\.[0-9]+")?'
        assert re.fullmatch(f"#.*|{pinned}", line), line


def test_that_every_dependency_is_pinned_and_none_twice() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = [plain(re.split(r"[<>=!~; \[]", requirement)[0]) for requirement in wanted]
    listed = {plain(name) for name in pinned()}
    assert sorted(set(names)) == sorted(names)
    assert set(names) <= listed


def test_that_the_binding_that_aborts_is_neither_wanted_nor_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert any("PySide6-Essentials" in d and "!=6.12.0" in d for d in project["dependencies"])
    assert pinned()["PySide6_Essentials"] != "6.12.0"


def test_that_the_window_reads_what_a_run_recorded_beside_itself() -> None:
    here = {path.name for path in (ROOT / "designer/ui").rglob("*.py") if ".results()" in path.read_text("utf-8")}
    assert not here  # `ui/shell/results.py` is the door


def test_that_repainting_and_undoing_lose_no_reference_to_none(qtbot: QtBot) -> None:
    """PySide6 6.12.0 on Python 3.11 loses one at each Python override of a void C++ virtual, and aborts at zero."""
    from PySide6.QtGui import QPaintEvent, QUndoCommand, QUndoStack
    from PySide6.QtWidgets import QWidget

    painted = []

    class Canvas(QWidget):
        def paintEvent(self, event: QPaintEvent) -> None:
            painted.append(1)

    class Nothing(QUndoCommand):
        def undo(self) -> None:
            painted.append(1)

        def redo(self) -> None:
            painted.append(1)

    canvas, stack = Canvas(), QUndoStack()
    stack.push(Nothing("nothing"))
    qtbot.addWidget(canvas)
    with qtbot.waitExposed(canvas):
        canvas.show()
    before = sys.getrefcount(None)
    for _ in range(500):
        canvas.repaint()
        stack.undo()
        stack.redo()
    assert len(painted) >= 1500
    assert sys.getrefcount(None) > before - 400
