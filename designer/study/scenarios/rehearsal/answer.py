"""What a rehearsal found: after each step of a change, which failures of a host leave VMs behind."""

from __future__ import annotations

from dataclasses import dataclass, field

from designer.study.each.answer import Reasons

OFF, BACK = "off", "back"
"""What an upgrade does to a drained host: it is switched off, and it is back."""


@dataclass(frozen=True)
class HostLoss:
    """A host whose failure leaves VMs behind: which (`stays`), why, and how many its failure left before the change."""

    host_id: int
    stays: tuple[int, ...]
    why: Reasons
    before: int

    @property
    def new(self) -> bool:
        """Whether the change leaves more behind than there was before it."""
        return len(self.stays) > self.before


@dataclass(frozen=True)
class ChangeStep:
    """One instant of a change, or the state before it (`what` is empty).

    `what`: pairs of what happens and the ids it happens to. `asked_s`: when hosts fail, just before the next step.
    `down`: VMs that ran before the change and do not run then; `why_down`: why. `tried`: hosts that were up, each of
    which failed once. `losses`: those whose failure leaves VMs behind, the worst first.
    """

    time_s: float
    asked_s: float
    what: tuple[tuple[str, tuple[int, ...]], ...]
    down: tuple[int, ...]
    why_down: Reasons
    tried: int
    losses: tuple[HostLoss, ...]

    @property
    def holds(self) -> bool:
        """Whether N+1 holds: all VMs run, and any host may fail."""
        return not (self.down or self.losses)

    @property
    def breaks(self) -> bool:
        """Whether something is left behind that was not before the change."""
        return bool(self.down) or any(loss.new for loss in self.losses)


@dataclass(frozen=True)
class Rehearsal:
    """The steps of a change in order of time, the state before it first; `names` of all ids that they have."""

    name: str
    repair_s: float
    steps: tuple[ChangeStep, ...]
    names: dict[int, str] = field(repr=False)

    @property
    def broken(self) -> tuple[ChangeStep, ...]:
        """The steps that break N+1."""
        return tuple(step for step in self.steps if step.breaks)
