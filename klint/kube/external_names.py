"""Names and addresses that an ExternalName Service should not lead to."""

METADATA_SERVERS = frozenset(
    (
        # AWS, Azure, Google Cloud, OpenStack, DigitalOcean and others; AWS has the names for it, too.
        *("169.254.169.254", "instance-data", "instance-data.ec2.internal"),
        # cloud.google.com/compute/docs/metadata/querying-metadata
        *("metadata.google.internal", "metadata.goog"),
        # alibabacloud.com/help/en/ecs/user-guide/view-instance-metadata
        "100.100.100.200",
    )
)
"""Where clouds tell a node, and whoever asks from it, who it is and what it may do."""
