"""The ways of requests: through which nodes they come to a service, and what its members read for them."""

from __future__ import annotations

from designer.catalog.spec_builder import SpecBuilder
from designer.engine import spec
from designer.model.element import Element

SIZES = ("request_kib", "answer_kib", "read_kib")
READ = ("database", "bucket", "function")
"""Kinds from which members read."""


def add_route(builder: SpecBuilder, service: Element) -> None:
    """Add the way of the requests of a service, where they have a size."""
    fields, elements = service.__dict__, builder.tree.elements
    if not any(fields[name] for name in SIZES):
        return
    balancers = builder.sources(service.id, "balances")
    builder.routes.append(
        spec.Route(
            service=service.id,
            entries=tuple((balancer, net) for balancer in balancers for net in builder.targets(balancer, "nodes_in")),
            open=fields["clients"] == "internet",
            request_kib=fields["request_kib"],
            answer_kib=fields["answer_kib"],
            reads=tuple(i for i in builder.targets(service.id, "depends_on") if elements[i].kind in READ),
            read_kib=fields["read_kib"],
        )
    )
