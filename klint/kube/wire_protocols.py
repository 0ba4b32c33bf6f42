"""What ports speak that is no HTTP, as a table: by number, by what a port is called, by image, two of which agree.

Numbers and names are those of the IANA service name registry (RFC 6335) and of `well_known.py`; images the makers' own.
appProtocol alone is enough: it is there to say it (kubernetes.io docs/concepts/services-networking/service
#application-protocol).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from klint.kube.controllers import image_names
from klint.kube.well_known import WELL_KNOWN
from klint.kube.workload import Container
from klint.records import dataclass


@dataclass(frozen=True, eq=False)
class WireProtocol:
    """A protocol that is no HTTP. `tags` are words of an image's name or tag, where several makers' images have it."""

    name: str
    numbers: tuple[int, ...]
    words: tuple[str, ...]
    images: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


_OF_SERVERS: Mapping[str, tuple[str, tuple[int, ...]]] = {
    "PostgreSQL": ("PostgreSQL", (5432,)),
    "MySQL": ("MySQL", (3306, 33060)),
    "SQL Server": ("TDS", (1433,)),
    "Oracle Database": ("Oracle Net", (1521,)),
    "MongoDB": ("the MongoDB protocol", (27017, 27018, 27019)),
    "Cassandra": ("CQL", (9042,)),
    "CockroachDB": ("PostgreSQL", (26257,)),
    "Elasticsearch": ("the Elasticsearch transport protocol", (9300,)),
    "ClickHouse": ("the ClickHouse protocol", (9000, 9440)),
    "Redis": ("the Redis protocol", (6379, 26379)),
    "Memcached": ("the memcached protocol", (11211,)),
    "RabbitMQ": ("AMQP", (5672, 5671)),
    "Kafka": ("the Kafka protocol", (9092, 9093)),
    "NATS": ("the NATS protocol", (4222, 6222)),
    "ZooKeeper": ("the ZooKeeper protocol", (2181, 2888, 3888)),
    "the JVM debugger": ("JDWP", (5005,)),
}
"""What well-known servers speak on which of their ports; on their others, or on all, they speak HTTP."""

_HTTP_TOO = frozenset(("elasticsearch", "elastic", "opensearch", "clickhouse", "debug", "debugger"))
"""Words for a server that say nothing of which of its ports it is."""

WIRE_PROTOCOLS: tuple[WireProtocol, ...] = (
    *(
        WireProtocol(
            name, numbers, tuple(word for word in server.words if word not in _HTTP_TOO) or ("native",), server.images
        )
        for server in WELL_KNOWN
        if server.name in _OF_SERVERS
        for name, numbers in [_OF_SERVERS[server.name]]
    ),
    # docs.emqx.com and HiveMQ's and Mosquitto's images: 8083, 8000 and 9001 take MQTT in WebSockets, which are HTTP
    WireProtocol(
        "MQTT",
        (1883, 8883),
        ("mqtt", "mqtts", "secure-mqtt"),
        ("eclipse-mosquitto", "mosquitto", "emqx", "emqx/emqx", "hivemq/hivemq-ce", "hivemq/hivemq4"),
    ),
    # docker-library/php Dockerfile of the variant fpm: EXPOSE 9000; docker-library/docs php/variant-fpm.md
    WireProtocol("FastCGI", (9000,), ("fastcgi", "fcgi", "php-fpm", "phpfpm", "fpm"), (), ("fpm", "phpfpm")),
    WireProtocol("STOMP", (61613,), ("stomp",), ("rabbitmq", "apache/activemq-classic", "apache/activemq-artemis")),
    WireProtocol("OpenWire", (61616,), ("openwire",), ("apache/activemq-classic", "apache/activemq-artemis")),
    WireProtocol(
        "SSH", (22, 2222), ("ssh", "sshd", "sftp"), ("linuxserver/openssh-server", "openssh-server", "atmoz/sftp")
    ),
    WireProtocol("FTP", (20, 21), ("ftp", "ftps"), ("stilliard/pure-ftpd", "fauria/vsftpd")),
    WireProtocol(
        "SMTP",
        (25, 465, 587, 1025),
        ("smtp", "smtps", "submission", "submissions"),
        ("mailhog/mailhog", "axllent/mailpit", "boky/postfix", "mailserver/docker-mailserver", "postfix"),
    ),
    WireProtocol("IMAP", (143, 993), ("imap", "imaps"), ("mailserver/docker-mailserver", "dovecot/dovecot")),
    WireProtocol("POP3", (110, 995), ("pop3", "pop3s"), ("mailserver/docker-mailserver", "dovecot/dovecot")),
    WireProtocol("DNS", (53,), ("dns", "dns-tcp", "domain"), ("coredns/coredns", "pihole/pihole")),
    WireProtocol(
        "LDAP", (389, 636, 1389, 1636), ("ldap", "ldaps"), ("osixia/openldap", "openldap", "lldap/lldap")
    ),
    WireProtocol("RTMP", (1935,), ("rtmp",), ("alfg/nginx-rtmp", "tiangolo/nginx-rtmp")),
    WireProtocol("RDP", (3389,), ("rdp", "ms-wbt-server")),
    WireProtocol("VNC", (5900, 5901), ("vnc", "rfb")),
    WireProtocol("NFS", (2049,), ("nfs", "nfsd")),
    WireProtocol("SMB", (445,), ("smb", "cifs", "microsoft-ds"), ("dperson/samba", "servercontainers/samba")),
    WireProtocol("the Git protocol", (9418,), ("git",)),
    WireProtocol("syslog", (514, 601, 6514), ("syslog", "syslog-tls", "syslog-conn")),
    WireProtocol("the Minecraft protocol", (25565,), ("minecraft",), ("itzg/minecraft-server",)),
)  # fmt: skip

NUMBERS = frozenset(number for row in WIRE_PROTOCOLS for number in row.numbers)
WORDS = frozenset(word for row in WIRE_PROTOCOLS for word in row.words)


def spoken(
    number: int | None,
    app_protocol: str,
    port_names: Iterable[str],
    owners: Iterable[str],
    containers: Iterable[Container],
) -> str:
    """What a port speaks if that is no HTTP; empty where it may be HTTP.

    Args:
        number: the port's own, in the pod.
        app_protocol: that of the Service's port.
        port_names: what the Service and the pod call it.
        owners: the names of the Service and the workload.
        containers: those that may have the port.
    """
    called = {word for name in port_names for word in words(name)}
    owning = {word for name in owners for word in words(name)}
    running = tuple(containers)
    for row in WIRE_PROTOCOLS:
        if app_protocol.lower() in row.words:
            return row.name
        is_named = not called.isdisjoint(row.words)
        if number in row.numbers:
            if is_named or _runs(row, running) or not owning.isdisjoint(row.words):
                return row.name
        elif is_named and _runs(row, running):
            return row.name
    return ""


def words(name: str) -> Iterator[str]:
    """A name as a whole, and the words between its hyphens."""
    name = name.lower()
    yield name
    yield from name.split("-")


def _runs(row: WireProtocol, containers: Iterable[Container]) -> bool:
    return any(
        not set(row.images).isdisjoint(image_names(container.image))
        or (row.tags and not _tags(container.image).isdisjoint(row.tags))
        for container in containers
    )


def _tags(image: str) -> set[str]:
    """The words of an image's last name and of its tag: `php:8.3-fpm-alpine` has php, 8.3, fpm and alpine."""
    last = image.partition("@")[0].rpartition("/")[2]
    return set(last.replace(":", "-").split("-"))
