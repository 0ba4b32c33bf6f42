"""The fields of the kinds that klint knows, at every depth, as their API types declare them.

Sources: k8s.io/api core/v1, networking/v1 and, for what clusters up to 1.21 served, networking/v1beta1;
k8s.io/apimachinery meta/v1. A further kind is a further shape here.
"""

from __future__ import annotations

from klint.kube.validation.shape import ANYTHING, TIME, Shape

_TEXTS: Shape = {"*": str}

METADATA: Shape = {
    "name": str,
    "generateName": str,
    "namespace": str,
    "labels": _TEXTS,
    "annotations": _TEXTS,
    "finalizers": [str],
    "ownerReferences": [
        {"apiVersion": str, "kind": str, "name": str, "uid": str, "controller": bool, "blockOwnerDeletion": bool}
    ],
    "managedFields": [
        {
            "manager": str,
            "operation": str,
            "apiVersion": str,
            "time": TIME,
            "fieldsType": str,
            "fieldsV1": ANYTHING,
            "subresource": str,
        }
    ],
    "uid": str,
    "resourceVersion": str,
    "generation": int,
    "selfLink": str,
    "creationTimestamp": TIME,
    "deletionTimestamp": TIME,
    "deletionGracePeriodSeconds": int,
}


def _object(spec: Shape, **more: Shape) -> Shape:
    return {"apiVersion": str, "kind": str, "metadata": METADATA, "spec": spec, **more}


_STATUS_PORTS: Shape = [{"port": int, "protocol": str, "error": str}]

SERVICE: Shape = _object(
    {
        "type": str,
        "selector": _TEXTS,
        "ports": [
            {
                "name": str,
                "protocol": str,
                "appProtocol": str,
                "port": int,
                "targetPort": (int, str),
                "nodePort": int,
            }
        ],
        "clusterIP": str,
        "clusterIPs": [str],
        "ipFamilies": [str],
        "ipFamilyPolicy": str,
        "externalIPs": [str],
        "externalName": str,
        "externalTrafficPolicy": str,
        "internalTrafficPolicy": str,
        "trafficDistribution": str,
        "healthCheckNodePort": int,
        "loadBalancerIP": str,
        "loadBalancerClass": str,
        "loadBalancerSourceRanges": [str],
        "allocateLoadBalancerNodePorts": bool,
        "publishNotReadyAddresses": bool,
        "sessionAffinity": str,
        "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": int}},
    },
    status={
        "loadBalancer": {"ingress": [{"ip": str, "hostname": str, "ipMode": str, "ports": _STATUS_PORTS}]},
        "conditions": [
            {
                "type": str,
                "status": str,
                "observedGeneration": int,
                "lastTransitionTime": TIME,
                "reason": str,
                "message": str,
            }
        ],
    },
)

_REFERENCE: Shape = {"apiGroup": str, "kind": str, "name": str}


def _ingress(default_backend: str, backend: Shape) -> Shape:
    spec = {
        default_backend: backend,
        "ingressClassName": str,
        "rules": [{"host": str, "http": {"paths": [{"path": str, "pathType": str, "backend": backend}]}}],
        "tls": [{"hosts": [str], "secretName": str}],
    }
    status = {"loadBalancer": {"ingress": [{"ip": str, "hostname": str, "ports": _STATUS_PORTS}]}}
    return _object(spec, status=status)


INGRESS: Shape = _ingress(
    "defaultBackend", {"service": {"name": str, "port": {"name": str, "number": int}}, "resource": _REFERENCE}
)
INGRESS_V1BETA1: Shape = _ingress("backend", {"serviceName": str, "servicePort": (int, str), "resource": _REFERENCE})
INGRESS_CLASS: Shape = _object({"controller": str, "parameters": {**_REFERENCE, "scope": str, "namespace": str}})
