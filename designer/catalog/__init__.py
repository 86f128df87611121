"""What there is to draw with: one file a kind, here in palette order; `links` says what joins them."""

from __future__ import annotations

from designer.catalog.application import APPLICATION, Application
from designer.catalog.auto_scaling_group import GROUP, AutoScalingGroup
from designer.catalog.blueprint import BLUEPRINT, Blueprint
from designer.catalog.bucket import BUCKET, Bucket
from designer.catalog.cluster import CLUSTER, Cluster
from designer.catalog.cooling import COOLING, Cooling
from designer.catalog.data_center import DATA_CENTER, DataCenter
from designer.catalog.database import DATABASE, Database
from designer.catalog.datastore import DATASTORE, Datastore
from designer.catalog.design import DESIGN, Design
from designer.catalog.firewall import FIREWALL, Firewall
from designer.catalog.function import FUNCTION, Function
from designer.catalog.host import HOST, Host
from designer.catalog.internet_gateway import INTERNET_GATEWAY, InternetGateway
from designer.catalog.links import LINKS
from designer.catalog.load_balancer import LOAD_BALANCER, LoadBalancer
from designer.catalog.nat_gateway import NAT_GATEWAY, NatGateway
from designer.catalog.note import NOTE, Note
from designer.catalog.placement_group import PLACEMENT_GROUP, PlacementGroup
from designer.catalog.power_feed import POWER_FEED, PowerFeed
from designer.catalog.preset import PRESET, Preset
from designer.catalog.rack import RACK, Rack
from designer.catalog.region import REGION, Region
from designer.catalog.router import ROUTER, Router
from designer.catalog.security_group import SECURITY_GROUP, SecurityGroup
from designer.catalog.service import SERVICE, Service
from designer.catalog.storage_array import STORAGE_ARRAY, StorageArray
from designer.catalog.subnet import SUBNET, Subnet
from designer.catalog.switch import SWITCH, Switch
from designer.catalog.trace import TRACE, Trace
from designer.catalog.user_population import USER_POPULATION, UserPopulation
from designer.catalog.vm import VM, Vm
from designer.catalog.volume import VOLUME, Volume
from designer.catalog.vpc import VPC, Vpc
from designer.catalog.zone import ZONE, Zone
from designer.model.kind import Kind

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        DESIGN,
        REGION,
        ZONE,
        DATA_CENTER,
        POWER_FEED,
        COOLING,
        RACK,
        HOST,
        SWITCH,
        ROUTER,
        FIREWALL,
        CLUSTER,
        STORAGE_ARRAY,
        DATASTORE,
        VM,
        APPLICATION,
        VOLUME,
        SUBNET,
        VPC,
        INTERNET_GATEWAY,
        NAT_GATEWAY,
        SERVICE,
        USER_POPULATION,
        LOAD_BALANCER,
        FUNCTION,
        BUCKET,
        DATABASE,
        GROUP,
        SECURITY_GROUP,
        PLACEMENT_GROUP,
        NOTE,
        TRACE,
        PRESET,
        BLUEPRINT,
    )
}

__all__ = [
    "KINDS",
    "LINKS",
    "Application",
    "AutoScalingGroup",
    "Blueprint",
    "Bucket",
    "Cluster",
    "Cooling",
    "DataCenter",
    "Database",
    "Datastore",
    "Design",
    "Firewall",
    "Function",
    "Host",
    "InternetGateway",
    "LoadBalancer",
    "NatGateway",
    "Note",
    "PlacementGroup",
    "PowerFeed",
    "Preset",
    "Rack",
    "Region",
    "Router",
    "SecurityGroup",
    "Service",
    "StorageArray",
    "Subnet",
    "Switch",
    "Trace",
    "UserPopulation",
    "Vm",
    "Volume",
    "Vpc",
    "Zone",
]
