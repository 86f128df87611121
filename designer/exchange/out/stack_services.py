"""What stands before and beside the machines of a template: load balancers, buckets, functions."""

from __future__ import annotations

from typing import Any

from designer.exchange.out.stack import Stack, called, tags
from designer.words import tr

RUNTIME = "python3.13"
CODE = "handler=lambda *_:{'statusCode':200}\n"
"""What a function does until somebody deploys its code."""
LEAST_MIB, MOST_MIB, MOST_S = 128, 10_240, 900
"""Limits of a function (AWS Lambda quotas)."""


def put_services(stack: Stack) -> None:
    """Put load balancers with what they balance, buckets and functions."""
    for row in stack.of_kind("load_balancer"):
        _put_balancer(stack, row)
    for row in stack.of_kind("bucket"):
        stack.put(row, "AWS::S3::Bucket", Tags=tags(row))
        stack.remark("left_out", tr("The name of a bucket: it must be unique in the world, so AWS chooses it."),
                     row.name)  # fmt: skip
    functions = stack.of_kind("function")
    if functions:
        role = stack.add("FunctionRole", "AWS::IAM::Role", AssumeRolePolicyDocument={
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"},
                           "Action": "sts:AssumeRole"}],
        })  # fmt: skip
        for row in functions:
            fields = row.__dict__
            stack.put(
                row, "AWS::Lambda::Function", FunctionName=called(row.name, 64, "-_"), Runtime=RUNTIME,
                Handler="index.handler", Role={"Fn::GetAtt": [role, "Arn"]}, Code={"ZipFile": CODE},
                MemorySize=min(MOST_MIB, max(LEAST_MIB, round(fields["memory_mib"]))),
                Timeout=min(MOST_S, max(3, round(3 * fields["duration_s"]))), Tags=tags(row),
            )  # fmt: skip
            stack.remark("left_out", tr("Code and concurrency of a function, and the subnets that it runs in."),
                         row.name)  # fmt: skip


def _put_balancer(stack: Stack, row: Any) -> None:
    tree = stack.tree
    nodes = [i for i in tree.targets(row.id, "nodes_in") if i in stack.ids]
    zones: dict[int, int] = {}
    for i in nodes:
        zones.setdefault(tree.elements[i].parent, i)
    if not nodes:
        stack.remark("left_out", tr("A load balancer without nodes in subnets."), row.name)
        return
    if len(zones) < len(nodes):
        stack.remark("left_out", tr("More than one node of a load balancer in a zone."), row.name)
    application = len(zones) > 1
    if not application:
        stack.remark("guessed", tr("A load balancer in one zone alone is one for the network."), row.name)
    public = all(tree.elements[i].__dict__["public"] for i in zones.values())
    subnets = list(zones.values())
    logical = stack.put(
        row, "AWS::ElasticLoadBalancingV2::LoadBalancer", Name=called(row.name, 32),
        Type="application" if application else "network", Scheme="internet-facing" if public else "internal",
        Subnets=stack.refs(subnets), Tags=tags(row),
    )  # fmt: skip
    vpc = stack.resources[stack.ids[subnets[0]]]["Properties"]["VpcId"]
    protocol = "HTTP" if application else "TCP"
    for service in tree.targets(row.id, "balances"):
        members = tree.sources(service, "member")
        group = stack.add(
            f"{row.name}-targets", "AWS::ElasticLoadBalancingV2::TargetGroup", VpcId=vpc, Port=80, Protocol=protocol,
            Targets=[{"Id": one} for one in stack.refs(members)] or None,
            HealthCheckIntervalSeconds=min(300, max(5, round(row.__dict__["check_interval_s"]))),
        )  # fmt: skip
        stack.add(f"{row.name}-listener", "AWS::ElasticLoadBalancingV2::Listener", LoadBalancerArn={"Ref": logical},
                  Port=80, Protocol=protocol,
                  DefaultActions=[{"Type": "forward", "TargetGroupArn": {"Ref": group}}])  # fmt: skip
        for scaling in {i for member in members for i in tree.targets(member, "instance")} & set(stack.ids):
            stack.resources[stack.ids[scaling]]["Properties"].setdefault("TargetGroupARNs", []).append({"Ref": group})
