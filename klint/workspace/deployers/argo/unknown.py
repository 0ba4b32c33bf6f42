"""What klint does not follow of what Argo CD would do."""

from __future__ import annotations


class NotFollowedError(Exception):
    """Something that klint does not know, or has not: what depends on it is unknown. The message says what, briefly."""
