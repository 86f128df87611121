"""Places a region of the EC2 catalog with its time zone and its zones. Raises RuleError."""

from __future__ import annotations

from designer.catalog.presets.shipped import region_fields
from designer.catalog.reference.ec2 import ec2
from designer.commands import edit
from designer.errors import RuleError
from designer.model.element import ROOT_ID
from designer.model.project import Project
from designer.words import tr


def place_region(project: Project, code: str, zones: int, at: tuple[float, float] | None = None) -> int:
    """Place a region with the given number of its zones, as one undo step; return the region's id.

    The names are those of the provider and may be changed; codes and zone ids identify the region and zones.
    """
    region = ec2().regions.get(code)
    if region is None:
        raise RuleError(tr("There is no region “{0}” in the catalog.", code))
    if not 0 <= zones <= len(region.zones):
        raise RuleError(tr("{0} has {1} known zones, not {2}.", code, len(region.zones), zones))
    with project.edit(tr("Place {0}", code)):
        made = edit.place(project, "region", ROOT_ID, at, name=code, code=code, **region_fields(region))
        for name, zone_id in region.zones[:zones]:
            edit.place(project, "zone", made, name=name, zone_id=zone_id)
    return made
