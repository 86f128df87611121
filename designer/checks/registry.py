"""All checks, in the order in which they are listed."""

from designer.checks import room
from designer.checks.check import Check

CHECKS: tuple[Check, ...] = (*room.CHECKS,)
BY_ID: dict[str, Check] = {check.id: check for check in CHECKS}
