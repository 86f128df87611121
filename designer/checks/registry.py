"""All checks, in the order in which they are listed."""

from designer.checks import groups, room
from designer.checks.check import Check

CHECKS: tuple[Check, ...] = (*room.CHECKS, *groups.CHECKS)
BY_ID: dict[str, Check] = {check.id: check for check in CHECKS}
