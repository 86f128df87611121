"""Whether the load balancers of services have a meaning, and whether what their clients do can be worked out."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import chain
from typing import get_args

from designer.engine.spec.check_numbers import check_numbers, check_word
from designer.engine.spec.records import Algorithm, Balancer, Queueing, Service, Spec
from designer.errors import SpecError

_PARTS = ("dns_min_frac", "routing_min_frac")


def is_fluid(queueing: Queueing | None) -> bool:
    """Whether requests may wait, be given up or come again: then an answer may belong to a request asked before."""
    return queueing is not None and (queueing.waiting > 0.0 or queueing.timeout_s < math.inf or queueing.retries > 0)


def check_balancers(spec: Spec) -> None:
    """Raise SpecError with the first thing of a service's balancer that has no meaning."""
    domains = {domain.id for domain in spec.domains} if any(s.balancer for s in spec.services) else set()
    for service in spec.services:
        if service.balancer is not None:
            who = f"Load balancer {service.balancer.name or service.balancer.id}"
            _check(who, service.balancer, domains)
            if is_fluid(service.queueing):
                _check_queue(who, spec, service, service.balancer)
    _check_bases(spec)


def _check_bases(spec: Spec) -> None:
    """Raise SpecError where clients who wait or come again ask databases whose requests are limited."""
    limited = {domain.id: domain.name or str(domain.id) for domain in spec.domains if domain.replica_rps > 0.0}
    for service in spec.services if limited else ():
        asked = [i for group in (service.reads, *service.through) for i in group if i in limited]
        if asked and is_fluid(service.queueing):
            raise SpecError(
                f"A replica of {limited[asked[0]]} serves a limited number of requests; that is not followed where "
                f"requests to {service.name or service.id} wait, time out or are tried again. Turn that off, or let "
                "the database serve any number."
            )


def _check(who: str, balancer: Balancer, domains: set[int]) -> None:
    missing = [node for node in balancer.nodes if node not in domains]
    if missing:
        raise SpecError(f"{who} has a node in {missing[0]}, which is not there.")
    check_word(balancer, who, "algorithm", get_args(Algorithm))
    check_numbers(balancer, who, (*_PARTS, "ttl_s"))
    for name in _PARTS:
        if getattr(balancer, name) > 1.0:
            raise SpecError(f"{who}: {name} must be at most 1, not {getattr(balancer, name)}.")
    if not balancer.most_rps > 0.0:
        raise SpecError(f"{who} must pass more than 0 requests a second, not {balancer.most_rps}.")


def _check_queue(who: str, spec: Spec, service: Service, balancer: Balancer) -> None:
    """Raise SpecError where members have queues of their own: the clients of a service stand in one."""
    name = service.name or str(service.id)
    why = ""
    if not balancer.cross_zones:
        why = "does not cross zones"
    elif balancer.algorithm == "round_robin" and len(set(_sizes(spec, service.id))) > 1:
        why = "sends as many to a small member as to a large one"
    if why:
        raise SpecError(
            f"{who} {why}, and requests that wait, time out or are tried again are followed in one queue for all "
            f"members. Change that, or let requests to {name} neither wait, time out nor be tried again."
        )


def _sizes(spec: Spec, service: int) -> Iterator[float]:
    """The MHz of the members of a service."""
    templates = (group.template for group in spec.groups if group.template is not None)
    for vm in chain(spec.vms, templates):
        if vm.service == service:
            yield vm.vcpus * vm.mhz
        yield from (app.vcpus * app.mhz for app in vm.apps if app.service == service)
