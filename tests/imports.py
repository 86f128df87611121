"""Who may know whom: rules about what modules import, themselves or through others, over the syntax trees of all."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fnmatch import translate
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
Graph = Mapping[str, set[str]]
"""What each module imports, in functions and to name types as well, by full names."""


@cache
def parsed(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text("utf-8"))


@cache
def nodes(tree: ast.AST) -> tuple[ast.AST, ...]:
    """All of a syntax tree, which many rules look at, as `ast.walk` gives it, in half the time."""
    found = [tree]
    for node in found:
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, list):
                found += [inner for inner in value if isinstance(inner, ast.AST)]
            elif isinstance(value, ast.AST):
                found.append(value)
    return tuple(found)


def children(node: ast.AST) -> Iterator[ast.AST]:
    """What stands directly in a node, as `ast.iter_child_nodes` gives it, in half the time."""
    for name in node._fields:
        value = getattr(node, name, None)
        if isinstance(value, list):
            for inner in value:
                if isinstance(inner, ast.AST):
                    yield inner
        elif isinstance(value, ast.AST):
            yield value


@cache
def is_module(name: str) -> bool:
    """True for the name of a module of ours."""
    path = ROOT / name.replace(".", "/")
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def imported(node: ast.AST, package: str) -> Iterator[str]:
    """Names of modules that an import statement may load, or a call that names one of ours to load it late."""
    if isinstance(node, ast.Call):
        yield from loaded_late(node)
    elif isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = node.module or ""
        targets = [f"{base}.{alias.name}" for alias in node.names]
        if not node.level and all(is_module(target) for target in targets):
            yield from targets
            return
        if node.level:
            above = package.split(".")[: -(node.level - 1) or None]
            base = ".".join([*above, base] if base else above)
        yield base
        yield from (f"{base}.{alias.name}" for alias in node.names)


LOADERS = {"import_module": "", "late": "designer.ui."}
"""Functions that load a module by its name, and what stands before the name."""


def loaded_late(call: ast.Call) -> Iterator[str]:
    """The module of the window that a call loads by its name."""
    given = call.args[0] if call.args else None
    if isinstance(call.func, ast.Name) and call.func.id in LOADERS and isinstance(given, ast.Constant):
        name = f"{LOADERS[call.func.id]}{given.value}"
        if name.startswith("designer.ui."):
            yield name


@cache
def graph_of_the_program() -> dict[str, set[str]]:
    """What each module of the program imports, of ours and of others."""
    graph: dict[str, set[str]] = {}
    for path in sorted((ROOT / "designer").rglob("*.py")):
        full = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        name = full.removesuffix(".__init__")
        package = name if full != name else name.rpartition(".")[0]
        graph[name] = {target for node in nodes(parsed(path)) for target in imported(node, package)} - {name}
    return graph


def _matching(names: set[str], patterns: tuple[str, ...]) -> set[str]:
    if not patterns:
        return set()
    one = re.compile("|".join(translate(pattern) for pattern in patterns))
    return {name for name in names if one.match(name)}


@dataclass(frozen=True)
class Rule:
    """Modules, but some, that must not import others, but some; patterns are those of file names."""

    name: str
    why: str = ""
    of: tuple[str, ...] = ()
    but: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()

    def match(self, *patterns: str) -> Rule:
        """The rule for these modules."""
        return replace(self, of=self.of + patterns)

    def exclude(self, *patterns: str) -> Rule:
        """The rule without these modules."""
        return replace(self, but=self.but + patterns)

    def should_not_import(self, *patterns: str) -> Rule:
        """The rule with these forbidden."""
        return replace(self, forbidden=self.forbidden + patterns)

    def may_import(self, *patterns: str) -> Rule:
        """The rule with these allowed, though they are forbidden else."""
        return replace(self, allowed=self.allowed + patterns)

    def check(self, graph: Graph | None = None, only_direct: bool = False) -> None:
        """Fail with the ways on which modules reach what is forbidden; `only_direct`: not through others."""
        graph = graph_of_the_program() if graph is None else graph
        mine = _matching(set(graph), self.of) - _matching(set(graph), self.but)
        assert mine, f"{self.name}: no module is meant"
        targets = {target for found in graph.values() for target in found}
        wrong = _matching(targets, self.forbidden) - _matching(targets, self.allowed)
        if only_direct:
            ways = [f"{name} -> {target}" for name in sorted(mine) for target in sorted(graph[name] & wrong)]
        else:
            ways = [_way(graph, name, wrong) for name in sorted(mine & _leading(graph, wrong))]
        assert not ways, f"{self.name} ({self.why}): {ways}"


def _leading(graph: Graph, wrong: set[str]) -> set[str]:
    """The modules that import what is wrong, themselves or through others."""
    importers: dict[str, list[str]] = {}
    for name, targets in graph.items():
        for target in targets:
            importers.setdefault(target, []).append(name)
    found: set[str] = set()
    level = wrong
    while level:
        level = {name for target in level for name in importers.get(target, ())} - found
        found |= level
    return found


def _way(graph: Graph, name: str, wrong: set[str]) -> str:
    """The shortest way from a module to what is wrong, that there is."""
    ways = [[name]]
    for way in ways:
        for target in sorted(graph.get(way[-1], set()) - set(way)):
            if target in wrong:
                return " -> ".join([*way, target])
            if target in _leading(graph, wrong):
                ways.append([*way, target])
    raise LookupError(name)
