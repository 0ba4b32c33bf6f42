"""A pod with `hostNetwork` that uses names of Services, which its node's name servers cannot resolve."""

from collections.abc import Iterator

from klint import Finding, Fix, Graph, PodTemplate, Related, rule

_POLICY = "ClusterFirstWithHostNet"
_OF_THE_NODE = ("ClusterFirst", "Default")
"""Policies that give a pod with hostNetwork its node's name servers (pkg/kubelet/network/dns getPodDNSType)."""


@rule(severity="warning")
def host_network_dns(pod: PodTemplate, graph: Graph) -> Iterator[Finding]:
    policy = pod.get("spec", "dnsPolicy") or "ClusterFirst"
    if not pod.host_network or policy not in _OF_THE_NODE or pod.get("spec", "dnsConfig", "nameservers"):
        return
    addresses = [item for item in graph.addressed_services(pod) if item.host not in pod.host_aliases]
    hosts = list(dict.fromkeys(item.host for item in addresses))
    if hosts:
        more = f" and {len(hosts) - 1} more" if len(hosts) > 1 else ""
        yield Finding(
            f"{pod} cannot resolve {hosts[0]}{more}: "
            f"with hostNetwork, dnsPolicy {policy} uses the name servers of the node",
            at=pod.at("spec", "dnsPolicy" if pod.get("spec", "dnsPolicy") else "hostNetwork"),
            fix=Fix(f"Set dnsPolicy to {_POLICY}", [pod.setting(_POLICY, "spec", "dnsPolicy")]),
            related=tuple(Related(f"addresses {item.service or item.host}", item.at) for item in addresses[:3]),
        )
