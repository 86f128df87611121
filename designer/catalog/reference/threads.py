"""What a vCPU of an instance type is: a core, or one of the threads of a core."""

from __future__ import annotations

from functools import cache

from designer.catalog.reference.ec2 import ec2
from designer.engine.spec.capacity import thread_frac

SMT_YIELD = 0.25
"""What the second thread of a core adds, where a design says nothing else (general knowledge of the field, 0.15 to 0.3;
confidence C)."""


@cache
def thread_frac_of(name: str, smt_yield: float = SMT_YIELD) -> float:
    """The part of its clock that a vCPU of a type has while the other thread of its core runs; 1 where it has the core
    alone (Graviton) or the catalog does not know.
    """
    kind = ec2().types.get(name)
    return thread_frac(kind.threads_per_core or 1, smt_yield) if kind is not None else 1.0
