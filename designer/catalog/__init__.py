"""The kinds to draw with, one file a kind, in palette order; `links` holds the kinds of links between them."""

from __future__ import annotations

from designer.catalog.kinds.compute.application import APPLICATION, Application
from designer.catalog.kinds.compute.function import FUNCTION, Function
from designer.catalog.kinds.compute.vm import VM, Vm
from designer.catalog.kinds.hardware.cooling import COOLING, Cooling
from designer.catalog.kinds.hardware.generator import GENERATOR, Generator
from designer.catalog.kinds.hardware.host import HOST, Host
from designer.catalog.kinds.hardware.power_feed import POWER_FEED, PowerFeed
from designer.catalog.kinds.hardware.rack import RACK, Rack
from designer.catalog.kinds.hardware.ups import UPS, Ups
from designer.catalog.kinds.network.dns_name import DNS_NAME, DnsName
from designer.catalog.kinds.network.firewall import FIREWALL, Firewall
from designer.catalog.kinds.network.internet_gateway import INTERNET_GATEWAY, InternetGateway
from designer.catalog.kinds.network.load_balancer import LOAD_BALANCER, LoadBalancer
from designer.catalog.kinds.network.nat_gateway import NAT_GATEWAY, NatGateway
from designer.catalog.kinds.network.router import ROUTER, Router
from designer.catalog.kinds.network.security_group import SECURITY_GROUP, SecurityGroup
from designer.catalog.kinds.network.subnet import SUBNET, Subnet
from designer.catalog.kinds.network.switch import SWITCH, Switch
from designer.catalog.kinds.network.vpc import VPC, Vpc
from designer.catalog.kinds.places.data_center import DATA_CENTER, DataCenter
from designer.catalog.kinds.places.design import DESIGN, Design
from designer.catalog.kinds.places.region import REGION, Region
from designer.catalog.kinds.places.zone import ZONE, Zone
from designer.catalog.kinds.saved.blueprint import BLUEPRINT, Blueprint
from designer.catalog.kinds.saved.mute import MUTE, Mute
from designer.catalog.kinds.saved.preset import PRESET, Preset
from designer.catalog.kinds.saved.scenario import SCENARIO, Scenario
from designer.catalog.kinds.saved.trace import TRACE, Trace
from designer.catalog.kinds.services.note import NOTE, Note
from designer.catalog.kinds.services.service import SERVICE, Service
from designer.catalog.kinds.services.user_population import USER_POPULATION, UserPopulation
from designer.catalog.kinds.sets.affinity_rule import AFFINITY_RULE, AffinityRule
from designer.catalog.kinds.sets.auto_scaling_group import GROUP, AutoScalingGroup
from designer.catalog.kinds.sets.cluster import CLUSTER, Cluster
from designer.catalog.kinds.sets.placement_group import PLACEMENT_GROUP, PlacementGroup
from designer.catalog.kinds.sets.resource_pool import RESOURCE_POOL, ResourcePool
from designer.catalog.kinds.storage.bucket import BUCKET, Bucket
from designer.catalog.kinds.storage.database import DATABASE, Database
from designer.catalog.kinds.storage.datastore import DATASTORE, Datastore
from designer.catalog.kinds.storage.storage_array import STORAGE_ARRAY, StorageArray
from designer.catalog.kinds.storage.volume import VOLUME, Volume
from designer.catalog.links import LINKS
from designer.model.kind import Kind

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        DESIGN,
        REGION,
        ZONE,
        DATA_CENTER,
        POWER_FEED,
        UPS,
        GENERATOR,
        COOLING,
        RACK,
        HOST,
        SWITCH,
        ROUTER,
        FIREWALL,
        CLUSTER,
        RESOURCE_POOL,
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
        DNS_NAME,
        LOAD_BALANCER,
        FUNCTION,
        BUCKET,
        DATABASE,
        GROUP,
        SECURITY_GROUP,
        PLACEMENT_GROUP,
        AFFINITY_RULE,
        NOTE,
        TRACE,
        PRESET,
        BLUEPRINT,
        MUTE,
        SCENARIO,
    )
}

__all__ = [
    "KINDS",
    "LINKS",
    "AffinityRule",
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
    "DnsName",
    "Firewall",
    "Function",
    "Generator",
    "Host",
    "InternetGateway",
    "LoadBalancer",
    "Mute",
    "NatGateway",
    "Note",
    "PlacementGroup",
    "PowerFeed",
    "Preset",
    "Rack",
    "Region",
    "ResourcePool",
    "Router",
    "Scenario",
    "SecurityGroup",
    "Service",
    "StorageArray",
    "Subnet",
    "Switch",
    "Trace",
    "Ups",
    "UserPopulation",
    "Vm",
    "Volume",
    "Vpc",
    "Zone",
]
