"""The answer to "how few hosts would do?" in words, for the window and the command line."""

from __future__ import annotations

from designer.study.fewest.problem import Problem
from designer.study.fewest.solver import Fewest
from designer.words import tr, trn


def rows(found: Fewest) -> list[tuple[str, str]]:
    """A row a figure: its title, and a number of hosts."""
    by_policy = [
        (tr(name.capitalize()), tr("does not fit") if count is None else f"{count:,}")
        for name, count in found.by_policy.items()
    ]
    best = tr("Optimum") if found.proven else tr("Best found")
    return [(tr("Now"), f"{found.present:,}"), *by_policy, (best, f"{found.best:,}"), (tr("Bound"), f"{found.bound:,}")]


def sentence(problem: Problem, found: Fewest) -> str:
    """What the answer means."""
    vms = sum(len(item.vms) for item in problem.items)
    about = trn("{0:,} host", "{0:,} hosts", found.present), trn("{0:,} VM", "{0:,} VMs", vms)
    if found.proven:
        told = trn("{0:,} of {1} is enough for {2}; fewer are not.", "{0:,} of {1} are enough for {2}; fewer are not.",
                   found.best, *about)  # fmt: skip
    else:
        told = trn("{0:,} of {1} is enough for {2}. Whether {3:,} are enough is not known: the search was stopped.",
                   "{0:,} of {1} are enough for {2}. Whether {3:,} are enough is not known: the search was stopped.",
                   found.best, *about, found.bound)  # fmt: skip
    most = max(found.bound_by.values())
    binding = [tr(name) for name, count in found.bound_by.items() if count == most and count > 1]
    if binding and found.proven and most == found.best:
        told += tr(" What binds: {0}.", ", ".join(binding))
    elif found.proven and most < found.best:
        told += tr(" Each resource alone would allow {0:,}; together they do not.", most)
    return " ".join([told, *problem.notes])


def as_lines(problem: Problem, found: Fewest) -> list[str]:
    """The rows and the sentence, for a terminal."""
    return [*(f"{title:<12}{value:>12}" for title, value in rows(found)), sentence(problem, found)]
