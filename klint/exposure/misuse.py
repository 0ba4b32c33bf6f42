"""What may be wrong with an annotation that a load balancer reads, or does not."""

from __future__ import annotations

from klint.enums import Enum


class Misuse(Enum):
    """What is wrong with an annotation."""

    REFUSED = "refused"
    READ_OTHERWISE = "read otherwise"
    """It is read for the contrary of what it looks like."""
    NOT_READ = "not read"
    """It looks internal, and what takes the Service does not read it and makes it public."""
    FOREIGN = "foreign"
    """It is for another platform than the one that the Service goes to."""
