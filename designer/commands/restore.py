"""Replaces the design with other rows, an earlier state or a merge, as one undo step."""

from __future__ import annotations

from collections.abc import Iterable

from designer.model.element import Element, Link
from designer.model.project import Project
from designer.model.standing import broken, to_recheck
from designer.words import mark, tr


def restore(project: Project, rows: Iterable[Element | Link], text: str = mark("Restore backup")) -> list[str]:
    """Replace the design with these rows, which a file holds or could hold. Nothing is refused: return a sentence for
    each rule of placing or linking that is broken where the design changed.
    """
    with project.edit(tr(text)):
        done = project.become(rows)
    ids = to_recheck(project, project.kinds, project.link_kinds, done.changed, done.added)
    return [sentence for _, sentence in broken(project, project.kinds, project.link_kinds, ids)]


def broken_text(sentences: list[str]) -> str:
    """What to tell the user of broken rules, to follow another sentence; empty without any."""
    if not sentences:
        return ""
    many = tr("A rule is broken") if len(sentences) == 1 else tr("Rules are broken in {0:,} places", len(sentences))
    return tr(" {0}, see Findings: {1}", many, sentences[0])
