"""Balancers at work: each looks at its cluster at intervals, and has VMs moved."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.engine import chance
from designer.engine.balance import even, threshold
from designer.engine.balance.correlation import most_correlated
from designer.engine.balance.even import EvenLoads, Hold
from designer.engine.balance.threshold import HISTORY, Relief
from designer.engine.clock.agenda import LOOK
from designer.engine.migration.moves import Moves
from designer.engine.migration.tries import TRIES, Tries
from designer.engine.rules.context import Rows, RuleContext
from designer.engine.rules.placement import Placement
from designer.engine.spec.moving import Balancing
from designer.engine.state.motion import ASLEEP, DRAINING, OPEN
from designer.engine.state.state import RUNNING

F = NDArray[np.float64]
DRS_MOVES = 8
"""Moves of one look of a balancer like DRS, at most."""


class Balancers:
    """The balancers of all clusters. `wake` switches on a host that is needed."""

    def __init__(
        self, context: RuleContext, door: Placement, moves: Moves, tries: Tries,
        asked: Callable[[float, Rows], Any], wake: Callable[[float, Rows], None],
    ) -> None:  # fmt: skip
        t = context.tables
        self._context, self._door, self._moves, self._asked, self._wake = context, door, moves, asked, wake
        self._tries = tries
        self.rules: list[Balancing | None] = [cluster.balancing for cluster in t.spec.clusters]
        own = ~moves.hosts.kept[: t.hosts]
        self.hosts = [
            np.flatnonzero(own & (t.cluster[: t.hosts] == t.unit_ids.size + c)) for c in range(len(self.rules))
        ]
        """The hosts of each cluster, without those that it keeps free."""
        self._holds = [Hold(b.threshold, b.hold, b.margin) if b else Hold(0.0, 0, 0.0) for b in self.rules]
        self._past = [np.zeros((0, hosts.size)) for hosts in self.hosts]
        self._moved_s = np.full(t.first_app if any(b and b.cooldown_s for b in self.rules) else 0, -np.inf)
        """When each VM was last moved by a balancer; empty where nobody asks."""
        self._loads = {
            c: np.zeros((0, t.first_app)) for c, b in enumerate(self.rules) if b is not None and b.choice == "mc"
        }
        """What each VM asked for at the last looks (NaN: it did not run), where VMs are chosen by it."""

    def start(self) -> None:
        """Plan the first look of each balancer."""
        for c, rule in enumerate(self.rules):
            if rule is not None and rule.rule != "none":
                self._plan(rule.every_s, c)

    def _plan(self, time_s: float, c: int) -> None:
        self._context.agenda.plan(time_s, LOOK, self._context.tables.spec.clusters[c].id, c)

    def look(self, time_s: float, clusters: Rows) -> None:
        """Let the balancers of clusters (rows) look, and plan when they look again."""
        for c in clusters.tolist():
            rule, hosts = self.rules[c], self.hosts[c]
            assert rule is not None
            self._plan(time_s + rule.every_s, c)
            hosts = hosts[self._moves.able[hosts] & self._context.state.reached[hosts]]
            if hosts.size < 2:
                continue
            loads = self._asked(time_s, hosts)
            if rule.rule == "threshold":
                batches = self._by_threshold(time_s, c, rule, hosts, loads)
            else:
                batches = self._by_evenness(time_s, c, rule, hosts, loads)
            for rows, targets in batches:
                if self._moved_s.size:
                    self._moved_s[rows] = time_s
                asleep = np.unique(targets[self._context.state.mode[targets] == ASLEEP])
                if asleep.size:
                    self._wake(time_s, asleep)
                self._moves.ask(time_s, rows, targets)

    def given_up(self, time_s: float, vms: Rows) -> None:
        """Count migrations in balanced clusters that were given up; tell once which VMs are left alone for now."""
        t, s = self._context.tables, self._context.state
        for v in vms[s.mode[s.unit[vms]] != DRAINING].tolist():
            u = int(s.unit[v])
            c = int(t.cluster[u]) - t.unit_ids.size
            rule = self.rules[c] if c >= 0 else None
            if rule is not None and rule.rule != "none" and self._tries.note(v):
                why = f"its balancer leaves it on {t.name(u)}: {TRIES} of its migrations were given up"
                self._context.log.add(time_s, "unmoved", t.vm_ids[v], 0, t.unit_ids[u], why)

    # -- what each looks at

    def _vms(self, time_s: float, rule: Balancing, hosts: Rows) -> tuple[Rows, NDArray[np.bool_]]:
        """The VMs that run on hosts, and which of them may be moved."""
        s = self._context.state
        rows = s.standing_on(hosts)
        rows = rows[s.status[rows] == RUNNING]
        may = (s.to[rows] < 0) & self._context.tables.counted[rows] & self._tries.left(rows)
        if self._moved_s.size:
            may &= self._moved_s[rows] + rule.cooldown_s <= time_s
        return rows, may

    def _by_threshold(self, time_s: float, c: int, rule: Balancing, hosts: Rows, loads: Any) -> list[tuple[Rows, Rows]]:
        """The moves of CloudSim's policies."""
        s, t = self._context.state, self._context.tables
        rows, may = self._vms(time_s, rule, hosts)
        units, capacity = t.unit_ids.size, t.units.rows["capacity"]
        asked, got = loads["asked"][rows], loads["got"][rows]
        unit_asked, unit_got = (np.bincount(s.unit[rows], x, units).astype(np.float64) for x in (asked, got))
        used = np.zeros(units)
        used[hosts] = np.minimum(unit_got[hosts] / capacity[hosts], 1.0)
        limit = np.ones(units)
        past = self._remember(c, used)
        limit[self.hosts[c]] = threshold.limits_by(rule.overload, rule.threshold, past)
        came, over = s.unit[rows], unit_asked > limit * np.maximum(capacity, 1e-300)
        plan = Relief(rows, came, came.copy(), asked, got, asked, may, unit_asked, unit_got, used, over, limit)
        plan = plan._replace(metric=self._metric(c, rule, plan, len(past)))
        hosts = hosts[(s.mode[hosts] == OPEN) | (s.mode[hosts] == ASLEEP)]
        taken = self._door.taken_without(rows[:0], s.unit)
        needs, limits = self._door.needs, self._door.limits
        return threshold.planned(hosts, plan, t.units, needs, limits, taken, s.mode != ASLEEP)

    def _metric(self, c: int, rule: Balancing, plan: Relief, look: int) -> F:
        """By what VMs of a host above its limit are chosen, the least first: the shortest migration, the least load,
        chance, or their turn.
        """
        t = self._context.tables
        if rule.choice == "mmt":
            return np.ascontiguousarray(t.ram_mib[plan.rows])
        if rule.choice == "mu":
            return plan.asked
        if rule.choice == "mc":
            return self._turns(c, plan)
        key1, ids = chance.key(t.spec.seed, chance.CHOICE), t.vm_ids[plan.rows].tolist()
        words = [chance.draw_words(np.uint64(i), key1, np.uint64(look), np.uint64(c))[0] for i in ids]
        return np.array(words, np.float64)

    def _turns(self, c: int, plan: Relief) -> F:
        """The turn of each VM that leaves a host above its limit, by how far its load follows that of those that are
        left; inf: it stays.
        """
        t, turns = self._context.tables, np.full(plan.rows.size, np.inf)
        now = np.full((1, t.first_app), np.nan)
        now[0, plan.rows] = plan.asked
        past = self._loads[c] = np.concatenate([self._loads[c], now])[-HISTORY:]
        for u in np.flatnonzero(plan.over).tolist():
            here, left = np.flatnonzero((plan.at == u) & plan.movable), plan.unit_asked[u]
            while here.size and left > plan.limit[u] * t.units.rows["capacity"][u]:
                rows = plan.rows[here]
                first = here[most_correlated(past[:, rows], t.ram_mib[rows])]
                turns[first], left, here = float(turns.size - here.size), left - plan.asked[first], here[here != first]
        return turns

    def _remember(self, c: int, used: F) -> F:
        """The loads of a cluster's hosts at its last looks, this one included."""
        self._past[c] = np.concatenate([self._past[c], used[None, self.hosts[c]]])[-HISTORY:]
        return self._past[c]

    def _by_evenness(self, time_s: float, c: int, rule: Balancing, hosts: Rows, loads: Any) -> list[tuple[Rows, Rows]]:
        """The moves that even out loads most: one when Proxmox's patience is over, or several."""
        s = self._context.state
        relative = rule.rule == "proxmox"
        hosts = self._awake(hosts, loads)
        of, needs, limits = self._loads_of(time_s, rule, hosts, loads), self._door.needs, self._door.limits
        now, out = even.imbalance(of.load, relative), np.zeros(2, np.int64)
        if relative and not self._holds[c].is_due(now):
            return []
        taken, moves = self._door.taken_without(of.rows[:0], s.unit), []
        for _ in range(1 if relative else DRS_MOVES):
            if not relative and now <= rule.threshold:
                break
            then = even.best_move(of, relative, needs, limits, taken, out)
            n, b = out.tolist()
            if not np.isfinite(then) or then >= now or (relative and not self._holds[c].is_worth(now, then)):
                break
            moves.append((np.array([of.rows[n]]), np.array([hosts[b]])))
            even.make_move(of, n, b, needs, limits, taken)
            of = of._replace(rows=np.delete(of.rows, n), at=np.delete(of.at, n), each=np.delete(of.each, n, axis=0))
            now = then
        return moves

    def _awake(self, hosts: Rows, loads: Any) -> Rows:
        """The hosts over which loads are evened out: those that take VMs, and where one of them is asked for more CPU
        than it has, the first that is switched off.
        """
        s, t = self._context.state, self._context.tables
        awake: Rows = hosts[s.mode[hosts] == OPEN]
        asleep: Rows = hosts[s.mode[hosts] == ASLEEP]
        if not asleep.size:
            return awake
        rows = s.standing_on(awake)
        rows = rows[s.status[rows] == RUNNING]
        asked = np.bincount(s.unit[rows], loads["asked"][rows], s.up.size)
        if not (asked > t.units.rows["capacity"])[awake].any():
            return awake
        return np.sort(np.concatenate([awake, asleep[:1]]))

    def _loads_of(self, time_s: float, rule: Balancing, hosts: Rows, loads: Any) -> EvenLoads:
        """What each VM puts onto each host: CPU, and with Proxmox memory."""
        s, t = self._context.state, self._context.tables
        rows, may = self._vms(time_s, rule, hosts)
        capacity, at = t.units.rows["capacity"][hosts], np.searchsorted(hosts, s.unit[rows])
        if rule.rule == "proxmox":
            each = loads["got"][rows][:, None] / capacity + t.ram_mib[rows][:, None] / t.limits.ram_mib[hosts]
            each /= 2.0
        else:
            each = loads["asked"][rows][:, None] / capacity
        load = np.bincount(at, each[np.arange(rows.size), at], hosts.size).astype(np.float64)
        takes = s.takes[hosts] | (s.mode[hosts] == ASLEEP)
        return EvenLoads(rows[may], at[may], hosts, np.ascontiguousarray(each[may]), load, takes)

    # -- copies

    def copy(self) -> dict[str, NDArray[Any]]:
        """What `restore` reads."""
        found: dict[str, NDArray[Any]] = {f"balance_past_{c}": past.copy() for c, past in enumerate(self._past)}
        found |= {f"balance_loads_{c}": loads.copy() for c, loads in self._loads.items()}
        above = np.array([hold.above for hold in self._holds], np.int64)
        return found | {"balance_above": above, "balance_moved_s": self._moved_s.copy()}

    def restore(self, saved: dict[str, NDArray[Any]]) -> None:
        """Continue from what `copy` returned."""
        self._past = [saved[f"balance_past_{c}"].copy() for c in range(len(self.rules))]
        self._loads = {c: saved[f"balance_loads_{c}"].copy() for c in self._loads}
        for hold, above in zip(self._holds, saved["balance_above"].tolist()):
            hold.above = above
        self._moved_s = saved["balance_moved_s"].copy()
