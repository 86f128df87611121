"""What copying gives: the ids of the copies, and the links of their originals that they lack."""

from __future__ import annotations

from collections.abc import Iterable

from designer.model.project import Project
from designer.words import tr


class Copies(list[int]):
    """The ids of the outermost copies; `unlinked` has a sentence for each link of an original that its copy lacks."""

    def __init__(self, ids: Iterable[int] = (), unlinked: Iterable[str] = ()) -> None:
        super().__init__(ids)
        self.unlinked = list(unlinked)

    @property
    def report(self) -> str:
        """What to tell the user of the links that are missing; empty without any."""
        if not self.unlinked:
            return ""
        if len(self.unlinked) == 1:
            return tr("One link was not copied. {0}", self.unlinked[0])
        return tr("{0:,} links were not copied. The first: {1}", len(self.unlinked), self.unlinked[0])


def lacks(project: Project, kind: str, source: int, target: int, copy: int) -> str:
    """A sentence on a link that a copy, one of its ends, may not have, with the reason."""
    rule, other = project.link_kinds.get(kind), target if copy == source else source
    label = tr(rule.label) if rule else tr("unknown")
    begin = tr("{0} has no link “{1}”", project.called(project.elements[copy]), label)
    if other not in project.elements:
        return tr("{0}: its other end is not in this design.", begin)
    reason = project.why_no_link(kind, source, target)
    return tr("{0} with {1}: {2}.", begin, project.called(project.elements[other]), reason)
