"""Servers that nobody outside should reach, as a table: databases, caches, queues, debuggers, what controls a cluster.

A port is known by two signs that agree: its number, and an image, a name or an option that says the same; or an image
and what the port is called. A number alone says nothing. Images are the Docker Official Images, Bitnami's
(bitnami/containers) and the makers' own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from klint.kube.controllers import image_names
from klint.kube.resource import mapping, sequence, string
from klint.kube.workload import Container
from klint.records import dataclass


@dataclass(frozen=True, eq=False)
class WellKnown:
    """A kind of server. `source` says where its ports come from.

    `words` are what its ports are called, and what Services and workloads of it have in their names. `http` are those
    of its ports that an HTTP route leads to as well. `option` is what turns it on in a command line or an environment
    variable, and how the address of everybody is written in front of the number there.
    """

    name: str
    sort: str
    source: str
    ports: tuple[int, ...]
    words: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    http: tuple[int, ...] = ()
    option: tuple[str, tuple[str, ...]] | None = None


_EVERY_ADDRESS = ("=:", " :", "0.0.0.0:", "[::]:", "*:")

WELL_KNOWN: tuple[WellKnown, ...] = (
    WellKnown(
        "PostgreSQL",
        "database",
        "postgresql.org docs runtime-config-connection",
        (5432,),
        ("postgres", "postgresql", "pgsql", "pg", "postgis", "timescaledb"),
        (
            "postgres",
            "postgresql",
            "postgresql-repmgr",
            "postgis/postgis",
            "timescale/timescaledb",
            "pgvector/pgvector",
        ),
    ),
    WellKnown(
        "MySQL",
        "database",
        "dev.mysql.com doc/mysql-port-reference; mariadb.com docs port",
        (3306, 33060),
        ("mysql", "mysqlx", "mariadb"),
        ("mysql", "mysql-server", "mariadb", "mariadb-galera", "percona", "percona-server", "percona-xtradb-cluster"),
    ),
    WellKnown(
        "SQL Server",
        "database",
        "prisma.io docs sql-server-docker; SqlServerAndContainersGuide",
        (1433,),
        ("mssql", "sqlserver", "tds"),
        ("mssql/server", "azure-sql-edge"),
    ),
    WellKnown(
        "Oracle Database",
        "database",
        "oracle.github.io spring-cloud-oracle constant values; docs.rs testcontainers-modules oracle::free",
        (1521,),
        ("oracle", "oracledb"),
        ("database/free", "database/express", "database/enterprise", "gvenzl/oracle-free", "gvenzl/oracle-xe"),
    ),
    WellKnown(
        "MongoDB",
        "database",
        "mongodb.com docs reference/default-mongodb-port",
        (27017, 27018, 27019),
        ("mongo", "mongodb", "mongod", "mongos"),
        ("mongo", "mongodb", "mongodb-sharded", "mongodb-community-server", "percona-server-mongodb"),
    ),
    WellKnown(
        "Cassandra",
        "database",
        "docs.datastax.com cassandra-oss secureFireWall",
        (9042, 9160, 7000, 7001, 7199),
        ("cassandra", "cql", "scylla"),
        ("cassandra", "scylladb/scylla"),
    ),
    WellKnown(
        "CockroachDB",
        "database",
        "cockroachlabs.com docs cockroach-start listen-addr",
        (26257,),
        ("cockroachdb", "cockroach"),
        ("cockroachdb/cockroach",),
    ),
    WellKnown(
        "Elasticsearch",
        "database",
        "elastic.co guide elasticsearch/reference modules-network",
        (9200, 9300),
        ("elasticsearch", "elastic", "opensearch"),
        ("elasticsearch", "elasticsearch-oss", "opensearchproject/opensearch", "opensearch"),
        http=(9200,),
    ),
    WellKnown(
        "CouchDB",
        "database",
        "apache/couchdb-docker README",
        (5984,),
        ("couchdb",),
        ("couchdb",),
        http=(5984,),
    ),
    WellKnown(
        "InfluxDB",
        "database",
        "docs.influxdata.com influxdb/v1/administration/ports",
        (8086, 8088),
        ("influxdb", "influx"),
        ("influxdb",),
        http=(8086,),
    ),
    WellKnown(
        "ClickHouse",
        "database",
        "clickhouse.com docs guides/sre/network-ports",
        (8123, 9000, 9004, 9005, 9009, 9440),
        ("clickhouse",),
        ("clickhouse", "clickhouse/clickhouse-server", "altinity/clickhouse-server"),
        http=(8123,),
    ),
    WellKnown(
        "Neo4j",
        "database",
        "neo4j.com docs operations-manual/current/configuration/ports",
        (7474, 7473, 7687),
        ("neo4j", "bolt"),
        ("neo4j",),
        http=(7474,),
    ),
    WellKnown(
        "Redis",
        "cache",
        "redis.io docs management/security and config-file; redis/redis sentinel.conf",
        (6379, 26379),
        ("redis", "valkey", "keydb", "sentinel"),
        ("redis", "valkey", "valkey/valkey", "redis-cluster", "redis-sentinel", "redis/redis-stack-server"),
    ),
    WellKnown(
        "Memcached",
        "cache",
        "docker-library/memcached Dockerfile",
        (11211,),
        ("memcached", "memcache"),
        ("memcached",),
    ),
    WellKnown(
        "RabbitMQ",
        "queue",
        "rabbitmq.com networking; docker-library/rabbitmq Dockerfile",
        (5672, 5671, 15672, 25672, 4369),
        ("amqp", "amqps", "rabbitmq", "epmd"),
        ("rabbitmq", "rabbitmq-server"),
    ),
    WellKnown(
        "Kafka",
        "queue",
        "hortonworks reference guide, Kafka ports; confluentinc/cp-kafka examples",
        (9092, 9093),
        ("kafka",),
        ("kafka", "apache/kafka", "apache/kafka-native", "cp-kafka", "cp-server"),
    ),
    WellKnown(
        "NATS",
        "queue",
        "docs.nats.io running-a-nats-service/nats_admin/monitoring; bitnami nats default configuration",
        (4222, 6222, 8222),
        ("nats",),
        ("nats", "nats-streaming"),
    ),
    WellKnown(
        "ZooKeeper",
        "coordination service",
        "docs.cloudera.com zookeeper-ports",
        (2181, 2888, 3888),
        ("zookeeper", "zk"),
        ("zookeeper", "cp-zookeeper"),
    ),
    WellKnown(
        "Consul",
        "coordination service",
        "developer.hashicorp.com consul/docs/install/ports",
        (8500, 8501, 8300, 8301, 8600),
        ("consul",),
        ("consul", "hashicorp/consul"),
        http=(8500,),
    ),
    WellKnown(
        "etcd",
        "cluster component",
        "kubernetes.io docs/reference/networking/ports-and-protocols",
        (2379, 2380),
        ("etcd",),
        ("etcd", "coreos/etcd", "etcd-development/etcd"),
    ),
    WellKnown(
        "the kubelet API",
        "cluster component",
        "kubernetes.io docs/reference/networking/ports-and-protocols; support.huaweicloud.com cce_faq_00290 for 10255",
        (10250, 10255),
        ("kubelet",),
        ("kubelet",),
        http=(10250, 10255),
    ),
    WellKnown(
        "the Docker API",
        "container runtime",
        "docker-library/docker Dockerfile-dind; docs.docker.com engine/security/protect-access",
        (2375, 2376),
        ("docker", "dockerd", "dind"),
        ("docker", "docker-dind"),
        http=(2375, 2376),
    ),
    WellKnown(
        "the JVM debugger",
        "debugger",
        "neo4j.com docs operations-manual/current/configuration/ports for 5005; java -agentlib:jdwp=help",
        (5005,),
        ("jdwp", "debug", "debugger", "jvm-debug", "java-debug"),
        option=("jdwp", ("address=", "address=*:", "address=0.0.0.0:")),
    ),
    WellKnown(
        "the Node.js inspector",
        "debugger",
        "nodejs.org en/learn/getting-started/debugging",
        (9229,),
        ("inspector", "inspect", "debug", "debugger", "node-debug"),
        option=("--inspect", _EVERY_ADDRESS),
    ),
    WellKnown(
        "Delve",
        "debugger",
        "go-delve/delve Documentation/usage; aspire.dev withDelveServer for 2345",
        (2345, 40000),
        ("delve", "dlv", "debug", "debugger"),
        option=("dlv", _EVERY_ADDRESS),
    ),
    WellKnown(
        "debugpy",
        "debugger",
        "microsoft/debugpy README",
        (5678,),
        ("debugpy", "debug", "debugger"),
        option=("debugpy", _EVERY_ADDRESS),
    ),
    WellKnown(
        "Go's pprof",
        "debugger",
        "pkg.go.dev net/http/pprof",
        (6060,),
        ("pprof", "debug", "profiling"),
        http=(6060,),
    ),
    WellKnown(
        "the Kong Admin API",
        "admin interface",
        "developer.konghq.com gateway/network",
        (8001, 8444),
        ("kong", "kong-admin"),
        ("kong", "kong/kong-gateway"),
        http=(8001,),
    ),
    WellKnown(
        "Envoy's admin interface",
        "admin interface",
        "envoyproxy.io docs operations/admin",
        (9901,),
        ("envoy", "envoy-admin"),
        ("envoyproxy/envoy",),
        http=(9901,),
    ),
    WellKnown(
        "the MinIO Console",
        "admin interface",
        "min.io docs administration/minio-console, --console-address",
        (9001,),
        ("minio", "minio-console"),
        ("minio", "minio/minio"),
    ),
    WellKnown(
        "phpMyAdmin",
        "admin interface",
        "phpmyadmin/docker README",
        (80,),
        ("phpmyadmin",),
        ("phpmyadmin", "phpmyadmin/phpmyadmin"),
    ),
    WellKnown(
        "Adminer",
        "admin interface",
        "TimWolla/docker-adminer Dockerfile",
        (8080,),
        ("adminer",),
        ("adminer",),
    ),
    WellKnown(
        "pgAdmin",
        "admin interface",
        "pgadmin-org/pgadmin4 Dockerfile",
        (80, 443),
        ("pgadmin", "pgadmin4"),
        ("dpage/pgadmin4", "pgadmin4"),
    ),
    WellKnown(
        "Mongo Express",
        "admin interface",
        "mongo-express/mongo-express-docker Dockerfile",
        (8081,),
        ("mongo-express",),
        ("mongo-express",),
    ),
    WellKnown(
        "Kubernetes Dashboard",
        "admin interface",
        "kubernetes/dashboard aio/deploy/recommended.yaml",
        (8443, 9090),
        ("kubernetes-dashboard",),
        ("kubernetesui/dashboard", "kubernetes-dashboard-amd64"),
    ),
)
"""Rows in the order in which they are named."""


def _table(rows: Iterable[tuple[str | int, WellKnown]]) -> Mapping[str | int, Sequence[WellKnown]]:
    found: dict[str | int, list[WellKnown]] = {}
    for key, row in rows:
        found.setdefault(key, []).append(row)
    return found


_BY_NUMBER = _table((number, row) for row in WELL_KNOWN for number in row.ports)
_BY_WORD = _table((word, row) for row in WELL_KNOWN for word in row.words)
_BY_IMAGE = _table((image, row) for row in WELL_KNOWN for image in row.images)
_WITH_OPTION = tuple(row for row in WELL_KNOWN if row.option)

HTTP_PORTS = frozenset(number for row in WELL_KNOWN for number in row.http)
"""The numbers of the ports that HTTP routes may lead to."""

_OTHER_PURPOSE = frozenset(("metrics", "exporter", "prometheus", "prom", "health", "healthz", "probe"))
"""Words that say that a port is for something else, whatever else its name says."""

_FOR_OUTSIDE = "external"
"""What a port is called that a server has besides its own for clients outside, as Kafka's listeners are."""


def recognize(
    numbers: Iterable[int | None],
    port_names: Iterable[str],
    owners: Iterable[str],
    containers: Iterable[Container],
) -> WellKnown | None:
    """What a port of these containers is known for; None where that is nothing that has to be kept inside.

    `numbers` are the port's own and that of the Service in front of it, `port_names` what either calls it and its
    appProtocol, `owners` the names of the Service and the workload. An image that is known decides what else a port
    may be.
    """
    found = {number for number in numbers if number is not None}
    called = frozenset(word for name in port_names for word in _words(name))
    running = tuple(containers)
    if _FOR_OUTSIDE in called:
        return None
    for row in (row for item in running for name in image_names(item.image) for row in _BY_IMAGE.get(name, ())):
        if not found.isdisjoint(row.ports) or (called & set(row.words) and _OTHER_PURPOSE.isdisjoint(called)):
            return row
    said = called.union(*map(_words, owners))
    rows = {id(row): row for number in found for row in _BY_NUMBER.get(number, ())}
    named = next((row for row in rows.values() if not said.isdisjoint(row.words)), None)
    return named or _turned_on(found, running)


def _words(name: str) -> Iterator[str]:
    """A name as a whole, and the words between its hyphens."""
    name = name.lower()
    yield name
    yield from name.split("-")


def _turned_on(numbers: Iterable[int], containers: Iterable[Container]) -> WellKnown | None:
    """What an option of the containers opens at one of these numbers."""
    texts = [text for container in containers for text in _texts(container)]
    for row in _WITH_OPTION:
        option, addresses = row.option or ("", ())
        for text in texts:
            _, is_there, rest = text.partition(option)
            if is_there and any(_has(rest, f"{address}{number}") for address in addresses for number in numbers):
                return row
    return None


def _has(text: str, number: str) -> bool:
    return re.search(rf"{re.escape(number)}(?!\d)", text) is not None


def _texts(container: Container) -> Iterator[str]:
    """The command line, and each environment variable that is written down."""
    yield " ".join(container.arguments)
    for variable in sequence(container.data.get("env")):
        yield string(mapping(variable).get("value"))
