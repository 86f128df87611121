"""The ways of requests: through which nodes they come to a service, and what its members read for them."""

from __future__ import annotations

from designer.catalog.spec_builder import SpecBuilder
from designer.engine import spec
from designer.model.element import Element

SIZES = ("request_kib", "answer_kib", "read_kib")
READ = ("database", "bucket", "function")
"""Kinds from which members read."""


def add_route(builder: SpecBuilder, service: Element) -> None:
    """Add the way of the requests of a service, where they have a size or some of its users a place."""
    fields, elements = service.__dict__, builder.tree.elements
    users = tuple(i for i in _users(builder, service.id) if elements[i].__dict__["near"])
    if not users and not any(fields[name] for name in SIZES):
        return
    balancers = builder.sources(service.id, "balances")
    builder.routes.append(
        spec.Route(
            service=service.id,
            entries=tuple((balancer, net) for balancer in balancers for net in builder.targets(balancer, "nodes_in")),
            open=fields["clients"] == "internet",
            request_kib=fields["request_kib"],
            answer_kib=fields["answer_kib"],
            reads=tuple(
                i
                for kind in ("depends_on", "reads_from")
                for i in builder.targets(service.id, kind)
                if elements[i].kind in READ
            ),
            read_kib=fields["read_kib"],
            users=users,
        )
    )


def _users(builder: SpecBuilder, service: int) -> list[int]:
    """The user populations of a service, also those whom DNS names lead to it."""
    doors = [service, *builder.sources(service, "balances")]
    names = {name for door in doors for name in builder.sources(door, "answers")}
    return sorted({i for end in (service, *names) for i in builder.sources(end, "uses")})
