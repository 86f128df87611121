"""Muted findings: mute one with a reason, and list it again. Each is one undo step. Raises RuleError."""

from __future__ import annotations

from designer.catalog.kinds.saved.mute import Mute
from designer.errors import RuleError
from designer.model.element import NAME_LIMIT, ROOT_ID, make
from designer.model.project import Project
from designer.model.tree import Tree
from designer.words import tr

Muted = tuple[str, int]
"""The id of a check, and the element that its finding is about."""
MUTE = "mute"


def reasons(tree: Tree) -> dict[Muted, str]:
    """The muted findings of a design, each with its reason."""
    rows = (row.__dict__ for row in tree.of_kind(MUTE))
    return {(row["check_id"], row["of"]): row["note"] for row in rows}


def mute(project: Project, check_id: str, element_id: int, reason: str) -> None:
    """Mute a finding. A reason is needed: others will ask."""
    reason = " ".join(reason.split())
    if not reason:
        raise RuleError(tr("Write why the finding is muted first."))
    name = tr("{0} of {1}", check_id, project.elements[element_id].name)[:NAME_LIMIT]
    with project.edit(tr("Mute {0}", name)):
        _forget(project, check_id, element_id)
        given = {"parent": ROOT_ID, "name": name, "check_id": check_id, "of": element_id, "note": reason}
        project.add(make(Mute, given))


def unmute(project: Project, check_id: str, element_id: int) -> None:
    """List a muted finding again."""
    with project.edit(tr("Unmute {0}", check_id)):
        _forget(project, check_id, element_id)


def _forget(project: Project, check_id: str, element_id: int) -> None:
    for row in project.of_kind(MUTE):
        if (row.__dict__["check_id"], row.__dict__["of"]) == (check_id, element_id):
            project.remove(row.id)
