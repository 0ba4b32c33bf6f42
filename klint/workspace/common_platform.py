"""The platform that all bundles of a workspace are for, where most say so themselves."""

from __future__ import annotations

from collections.abc import Iterable

from klint.records import replace
from klint.workspace.bundles import Bundle
from klint.workspace.platforms import platform_of_path

_PLATFORM = "openshift"
"""The one platform with kinds of its own for what every application has: Routes and DeploymentConfigs."""

_FEWEST = 2


def with_common_platform(bundles: tuple[Bundle, ...]) -> tuple[Bundle, ...]:
    """The bundles, where half of them and more are of OpenShift by their kinds, and none of another platform.

    Where a folder is called after a platform, it is one of several, and the others stand beside it. What is for a
    local cluster is for that.
    """
    of_platform = sum(bundle.target.platform == _PLATFORM for bundle in bundles)
    if of_platform < max(_FEWEST, len(bundles) / 2):
        return bundles
    if any(bundle.target.platform not in ("", _PLATFORM) or _is_told(bundle) for bundle in bundles):
        return bundles
    reason = f"{_PLATFORM}: {of_platform} of the {len(bundles)} bundles here are of that platform"
    return tuple(_for(bundle, reason) for bundle in bundles)


def _is_told(bundle: Bundle) -> bool:
    """Whether a folder or a configuration says the platform of a bundle: it says it of a part."""
    told = any(reason.startswith(f"{_PLATFORM}: ") and reason.endswith(" says so") for reason in bundle.target.reasons)
    return told or any(platform_of_path(path) for path in _paths(bundle))


def _paths(bundle: Bundle) -> Iterable[str]:
    return {resource.document.source.relative for resource in bundle.resources}


def _for(bundle: Bundle, reason: str) -> Bundle:
    target = bundle.target
    if target.platform or target.environment == "local":
        return bundle
    return replace(bundle, target=replace(target, platform=_PLATFORM, reasons=(*target.reasons, reason)))
