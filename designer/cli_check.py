"""`cloud-designer check`: the findings of a design, as text or JSON; the exit code reflects their severity."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from designer.catalog import KINDS, LINKS
from designer.checks.check import SEVERITIES, Finding, Severity
from designer.checks.live import findings_of
from designer.checks.registry import BY_ID, CHECKS
from designer.cli_terminal import say_lines, stop, warn
from designer.errors import FileError
from designer.model.element import id_text
from designer.model.project import Project
from designer.store.file import project_file

JSON_VERSION = 1
EXIT_FOUND, EXIT_NO_FILE = 1, 3

_HELP = """List the findings of a design, the worst first.

\b
Exit codes: 0 nothing as severe as --fail-on was found; 1 something was; 2 an option is wrong; 3 the file cannot be
read.
"""


@click.command("check", help=_HELP)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--format", "how", type=click.Choice(["text", "json"]), default="text", help="How to print them.")
@click.option("--fail-on", type=click.Choice(SEVERITIES), help="Exit with 1 when a finding is at least this severe.")
def check_design(file: Path, how: str, fail_on: Severity | None) -> None:
    """Print the findings of a design."""
    try:
        loaded = project_file.load(file)
    except FileError as error:
        stop(error, EXIT_NO_FILE)
    for warning in loaded.warnings:
        warn(warning)
    project = Project(KINDS, LINKS, loaded.rows)
    found = findings_of(project, CHECKS)
    say_lines(as_json(project, found).split("\n") if how == "json" else as_lines(found))
    worst = SEVERITIES[: SEVERITIES.index(fail_on) + 1] if fail_on else ()
    if any(finding.severity in worst for finding in found):
        raise SystemExit(EXIT_FOUND)


def as_lines(found: list[Finding]) -> list[str]:
    """A finding on two or three lines: severity, id and sentence; its evidence; its fix."""
    lines = []
    for finding in found:
        lines.append(f"{finding.severity:<6}  {finding.check:<7}  {finding.text}")
        lines += [f"{'':17}{text}" for text in (finding.detail, finding.fix and f"Fix: {finding.fix}") if text]
    counts = [sum(finding.severity == severity for finding in found) for severity in SEVERITIES]
    told = ", ".join(f"{count:,} {severity}" for count, severity in zip(counts, SEVERITIES, strict=True) if count)
    return [*lines, f"{len(found):,} finding{'' if len(found) == 1 else 's'}{told and f': {told}'}"]


def as_json(project: Project, found: list[Finding]) -> str:
    """The findings with their checks' reasons and sources, elements by id and name."""

    def row(finding: Finding) -> dict[str, Any]:
        check = BY_ID[finding.check]
        return {
            "check": finding.check,
            "title": check.title,
            "severity": finding.severity,
            "text": finding.text,
            "detail": finding.detail,
            "why": check.why,
            "source": check.source,
            "fix": finding.fix,
            "elements": [
                {"id": id_text(i), "kind": project.elements[i].kind, "name": project.elements[i].name}
                for i in finding.elements
            ],
        }

    return json.dumps({"version": JSON_VERSION, "findings": [row(finding) for finding in found]}, indent=2)
