"""The names of clusters, as deployments tell them."""

from __future__ import annotations


def is_one_cluster(one: str, other: str) -> bool:
    """Whether two known clusters may be the same: one's folder is the other's, or is in it."""
    return one == other or one.startswith(f"{other}/") or other.startswith(f"{one}/")
