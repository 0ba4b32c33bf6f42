"""What the API server refuses in Ingresses and IngressClasses, each fact with what is accepted beside it."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from klint.kube.classes import IngressClass
from klint.kube.objects import read_resources
from klint.kube.routes.ingress import Ingress
from klint.kube.validation.ingress import ingress_class_problems, ingress_problems
from klint.text.document import Document
from klint.text.reading import read_documents
from klint.text.source import Source

BACKEND = "{service: {name: web, port: {number: 80}}}"
BETA_BACKEND = "{serviceName: web, servicePort: 80}"


def refused(
    spec: str,
    *,
    version: str = "networking.k8s.io/v1",
    metadata: str = "{name: web}",
    kubernetes: tuple[int, int] | None = None,
) -> list[str]:
    """The messages for an Ingress, without its name, each after its line in the spec and its column."""
    text = f"apiVersion: {version}\nkind: Ingress\nmetadata: {metadata}\nspec:\n" + "".join(
        f"  {line}\n" for line in spec.splitlines()
    )
    (document,) = read_documents(Source("web.yaml", text))
    assert not document.problems
    (ingress,) = read_resources(document, {})
    assert isinstance(ingress, Ingress)
    return [
        problem.message.replace(" of Ingress web", "").replace("Ingress web ", "")
        for problem in ingress_problems(ingress, kubernetes)
    ]


def rule(path: str = f"{{path: /, pathType: Prefix, backend: {BACKEND}}}", host: str = "example.com") -> str:
    return f"rules:\n  - host: {host}\n    http:\n      paths:\n        - {path}\n"


def backend(text: str) -> str:
    return f"defaultBackend: {text}\n"


def test_a_plain_ingress_is_accepted() -> None:
    assert refused(rule()) == []
    assert refused(backend(BACKEND)) == []
    assert refused("rules: [{host: example.com}]\n") == []


@pytest.mark.parametrize("spec", ["ingressClassName: public\n", "rules: []\n", "rules:\n", "tls: []\n"])
def test_rules_or_a_default_backend_are_needed(spec: str) -> None:
    assert refused(spec) == ["has neither rules nor a defaultBackend"]
    assert refused(spec, version="networking.k8s.io/v1beta1") == ["has neither rules nor a backend"]


def test_a_patch_is_no_ingress() -> None:
    assert refused("$patch: delete\n") == []


# Hosts


@pytest.mark.parametrize(
    "host",
    [
        "example.com",
        "a.b.c.example.com",
        "localhost",
        "1.example.com",
        "x--y.example.com",
        "'*.example.com'",
        "'*.com'",
        "999.1.1.1",
        "1.2.3.4.5",
        "''",
        "a" * 63 + ".example.com",
    ],
)
def test_hosts_that_are_accepted(host: str) -> None:
    assert refused(rule(host=host)) == []


ADDRESS = "is an IP address, and only a DNS name can be a host"
PORT = "has a port, and a host is served on the ports of its controller"
WILDCARD = "is not a wildcard: * can only be the whole first label, as in *.example.com"


@pytest.mark.parametrize(
    ("host", "problem"),
    [
        ("10.0.0.1", ADDRESS),
        ("010.0.0.255", ADDRESS),
        ("'2001:db8::1'", ADDRESS),
        ("'a:80:c'", "is no DNS name"),
        ("'::1'", ADDRESS),
        ("example.com:80", PORT),
        ("https://example.com", "is a URL, and a host is only the name in it"),
        ("example.com/app", "holds a path, which belongs in paths"),
        ("Example.com", "has capital letters, and must be written in lower case"),
        ("API.example.com", "has capital letters, and must be written in lower case"),
        ("my_app.example.com", "holds an underscore, which no DNS name may"),
        ("example.com.", "ends in a dot"),
        ("-a.example.com", "is no DNS name"),
        ("a..example.com", "is no DNS name"),
        ("a b", "is no DNS name"),
        ("a." * 127 + "com", "is no DNS name"),
        ("'*'", WILDCARD),
        ("'*.'", WILDCARD),
        ("'*example.com'", WILDCARD),
        ("'a.*.example.com'", WILDCARD),
        ("'*.*.example.com'", WILDCARD),
        ("'*.*'", WILDCARD),
    ],
)
def test_hosts_that_are_refused(host: str, problem: str) -> None:
    expected = [f"host {host.strip(chr(39))} {problem}"]
    assert refused(rule(host=host)) == expected
    beta = rule(f"{{backend: {BETA_BACKEND}}}", host)
    assert refused(beta, version="extensions/v1beta1") == expected


# Paths


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("Exact", "/"),
        ("Exact", "/a/b.html"),
        ("Prefix", "/a/"),
        ("Prefix", "/..a/.b/c.."),
        ("Prefix", "/a(/|$)(.*)"),
        ("ImplementationSpecific", "/*"),
        ("ImplementationSpecific", "/a//b/../%2f/."),
        ("ImplementationSpecific", "''"),
    ],
)
def test_paths_that_are_accepted(kind: str, path: str) -> None:
    assert refused(rule(f"{{path: '{path.strip(chr(39))}', pathType: {kind}, backend: {BACKEND}}}")) == []


@pytest.mark.parametrize(
    ("kind", "path", "problem"),
    [
        ("Exact", "a", "path a does not start with /"),
        ("ImplementationSpecific", "*", "path * does not start with /"),
        ("Prefix", "", "A path is empty, which pathType Prefix refuses"),
        ("Exact", "/a//b", "path /a//b holds //, which pathType Exact refuses"),
        ("Prefix", "/a/./b", "path /a/./b holds /./, which pathType Prefix refuses"),
        ("Prefix", "/a/../b", "path /a/../b holds /../, which pathType Prefix refuses"),
        ("Prefix", "/a%2fb", "path /a%2fb holds %2f, which pathType Prefix refuses"),
        ("Prefix", "/a%2Fb", "path /a%2Fb holds %2F, which pathType Prefix refuses"),
        ("Exact", "/a/..", "path /a/.. ends in /.., which pathType Exact refuses"),
        ("Exact", "/.", "path /. ends in /., which pathType Exact refuses"),
    ],
)
def test_paths_that_are_refused(kind: str, path: str, problem: str) -> None:
    assert refused(rule(f"{{path: '{path}', pathType: {kind}, backend: {BACKEND}}}")) == [problem]


@pytest.mark.parametrize("kind", ["exact", "PREFIX ", "Regex", "implementationSpecific"])
def test_path_types_are_read_with_their_capitals(kind: str) -> None:
    said = [f"pathType {kind} is none of Exact, Prefix, ImplementationSpecific"]
    assert refused(rule(f"{{path: /, pathType: '{kind}', backend: {BACKEND}}}")) == said
    beta = rule(f"{{path: /, pathType: '{kind}', backend: {BETA_BACKEND}}}")
    assert refused(beta, version="networking.k8s.io/v1beta1") == said


def test_path_type_has_no_default_in_v1() -> None:
    assert refused(rule(f"{{path: /a, backend: {BACKEND}}}")) == [
        "path /a has no pathType, and networking.k8s.io/v1 has no default for it"
    ]
    assert refused(rule(f"{{path: /a, backend: {BETA_BACKEND}}}"), version="networking.k8s.io/v1beta1") == []


@pytest.mark.parametrize("http", ["{}", "{paths: []}", "{paths: }"])
def test_a_rule_with_http_needs_paths(http: str) -> None:
    assert refused(f"rules: [{{http: {http}}}]\n") == ["A rule has http and no paths"]


# Backends


@pytest.mark.parametrize(
    "text",
    [
        BACKEND,
        "{service: {name: web, port: {name: http}}}",
        "{service: {name: web, port: {number: 1}}}",
        "{service: {name: web, port: {number: 65535}}}",
        "{service: {name: web, port: {name: '', number: 80}}}",
        "{service: {name: web, port: {name: use-annotation}}}",
        "{service: {name: web, port: {name: 8080-tcp}}}",
        "{service: {name: 2048, port: {number: 80}}}".replace("2048", "'2048-game'"),
        "{resource: {kind: Bucket, name: pages}}",
        "{resource: {apiGroup: example.com, kind: Bucket, name: pages}, service: }",
    ],
)
def test_backends_that_are_accepted(text: str) -> None:
    assert refused(backend(text)) == []


PORT_CHARACTERS = "it may hold only lower-case letters, digits and hyphens between them"
NO_SERVICE = "which is not a valid Service name"
FAR = ": it can only be one in its own namespace"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{}", "has neither a service nor a resource"),
        ("{service: {name: a, port: {number: 80}}, resource: {kind: A, name: b}}", "has both a service and a resource"),
        ("{service: {port: {number: 80}}}", "names no Service"),
        ("{service: {name: '', port: {number: 80}}}", "names no Service"),
        ("{service: {name: web}}", "has no port"),
        ("{service: {name: web, port: {}}}", "has a port with neither name nor number"),
        ("{service: {name: web, port: {number: 0}}}", "has a port with neither name nor number"),
        (
            "{service: {name: web, port: {name: http, number: 80}}}",
            "has a port name and a port number, and only one can count",
        ),
        ("{service: {name: web, port: {number: 65536}}}", "leads to port 65536, which is not between 1 and 65535"),
        ("{service: {name: web, port: {number: -1}}}", "leads to port -1, which is not between 1 and 65535"),
        (
            "{service: {name: web, port: {name: '8080'}}}",
            "leads to port 8080, which no port can be called here: it must hold a letter",
        ),
        (
            "{service: {name: web, port: {name: prometheus-metrics}}}",
            "leads to port prometheus-metrics, which no port can be called here: it is longer than 15 characters",
        ),
        (
            "{service: {name: web, port: {name: Http}}}",
            f"leads to port Http, which no port can be called here: {PORT_CHARACTERS}",
        ),
        ("{service: {name: Web, port: {number: 80}}}", "cannot lead to Web, which is not a valid Service name"),
        ("{service: {name: my_web, port: {number: 80}}}", "cannot lead to my_web, which is not a valid Service name"),
        ("{service: {name: web.shop, port: {number: 80}}}", f"cannot lead to web.shop, {NO_SERVICE}{FAR}"),
        ("{service: {name: shop/web, port: {number: 80}}}", f"cannot lead to shop/web, {NO_SERVICE}{FAR}"),
        ("{resource: {}}", "cannot refer to something without kind and name"),
        ("{resource: {kind: Bucket}}", "cannot refer to something without name"),
        ("{resource: {kind: Bucket, name: a/b}}", "cannot have name a/b, which no object has"),
        (
            "{resource: {apiGroup: example.com/v1, kind: Bucket, name: a}}",
            "cannot have apiGroup example.com/v1: a group is written without its version",
        ),
    ],
)  # fmt: skip
def test_backends_that_are_refused(text: str, problem: str) -> None:
    assert refused(backend(text)) == [f"The defaultBackend {problem}"]
    path = f"{{path: /a, pathType: Exact, backend: {text}}}"
    assert refused(rule(path)) == [f"The backend of path /a {problem}"]


def test_a_path_needs_a_backend() -> None:
    assert refused(rule("{path: /a, pathType: Exact}")) == [
        "The backend of path /a has neither a service nor a resource"
    ]


def test_a_service_name_may_start_with_a_digit_in_newer_clusters() -> None:
    spec = backend("{service: {name: 2048-game, port: {number: 80}}}")
    assert refused(spec) == []
    assert refused(spec, kubernetes=(1, 36)) == []
    assert refused(spec, kubernetes=(1, 35)) == [
        "The defaultBackend leads to 2048-game, which no Service can be called before Kubernetes 1.36"
    ]


# Versions mixed


def test_a_v1_object_with_the_backends_of_v1beta1() -> None:
    said = "has serviceName and servicePort, as in v1beta1: in v1 it is service.name and service.port"
    assert refused(rule(f"{{path: /, pathType: Prefix, backend: {BETA_BACKEND}}}")) == [f"The backend of path / {said}"]
    assert refused(f"backend: {BETA_BACKEND}\n") == [
        "has spec.backend, as in v1beta1: in v1 it is defaultBackend, with service.name and service.port"
    ]
    assert refused(backend(BACKEND), version="extensions/v1beta1") == [
        "has spec.defaultBackend, as in v1: in v1beta1 it is backend"
    ]
    assert refused(backend("{serviceName: web}")) == [
        "The defaultBackend has serviceName, as in v1beta1: in v1 it is service.name and service.port"
    ]


@pytest.mark.parametrize("version", ["networking.k8s.io/v1beta1", "extensions/v1beta1"])
def test_a_v1beta1_object(version: str) -> None:
    assert refused(f"backend: {BETA_BACKEND}\n", version=version) == []
    assert refused("backend: {serviceName: web, servicePort: http}\n", version=version) == []
    assert refused("backend: {resource: {kind: Bucket, name: a}}\n", version=version) == []
    assert refused("backend: {servicePort: 80}\n", version=version) == ["The backend has no serviceName"]
    assert refused("backend: {serviceName: web}\n", version=version) == ["The backend has no servicePort"]
    assert refused("backend: {serviceName: web, servicePort: 0}\n", version=version) == [
        "The backend leads to port 0, which is not between 1 and 65535"
    ]
    assert refused("backend: {serviceName: web, servicePort: '80'}\n", version=version) == [
        "The backend leads to port 80, which no port can be called here: it must hold a letter"
    ]


def test_a_v1beta1_object_with_the_body_of_v1() -> None:
    spec = rule(f"{{path: /, backend: {BACKEND}}}")
    assert refused(spec, version="networking.k8s.io/v1beta1") == []
    assert refused(spec, version="networking.k8s.io/v1beta1", kubernetes=(1, 21)) == [
        "The backend of path / has no serviceName",
        "The backend of path / has no servicePort",
    ]


# tls, class, names


@pytest.mark.parametrize(
    ("tls", "problems"),
    [
        ("{hosts: [a.example.com, '*.example.com'], secretName: a.b-c}", []),
        ("{}", []),
        ("{hosts: [10.0.0.1], secretName: ''}", []),
        ("{hosts: ['']}", ["tls host (none) is empty"]),
        ("{hosts: ['*']}", [f"tls host * {WILDCARD}"]),
        ("{hosts: ['2001:db8::1']}", [f"tls host 2001:db8::1 {ADDRESS}"]),
        ("{hosts: [A.com]}", ["tls host A.com has capital letters, and must be written in lower case"]),
        ("{secretName: Web_TLS}", ["secretName Web_TLS is not a valid Secret name"]),
        ("{secretName: shop/web}", [f"secretName shop/web is not a valid Secret name{FAR}"]),
    ],
)
def test_tls(tls: str, problems: list[str]) -> None:
    assert refused(backend(BACKEND) + f"tls: [{tls}]\n") == problems


@pytest.mark.parametrize(
    ("name", "problems"),
    [
        ("public", []),
        ("a.b-c", []),
        ("", []),
        ("''", ["ingressClassName is empty, and no IngressClass has such a name"]),
        ("Public", ["ingressClassName Public is not a valid IngressClass name"]),
        ("k8s.io/nginx", ["ingressClassName k8s.io/nginx is not a valid IngressClass name"]),
    ],
)
def test_class_names(name: str, problems: list[str]) -> None:
    assert refused(backend(BACKEND) + f"ingressClassName: {name}\n") == problems


def test_names() -> None:
    assert refused(backend(BACKEND), metadata="{name: web.v1-x}") == []
    assert refused(backend(BACKEND), metadata="{generateName: web-}") == []
    (message,) = refused(backend(BACKEND), metadata="{name: Web_1}")
    assert message.startswith("The name of Ingress Web_1 is refused: ")


# Types and fields

NO_FIELD = "an unknown field in networking.k8s.io/v1"
READS = "and the API server reads only"


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        (
            backend("{service: {name: web, port: {number: '80'}}}"),
            f'spec.defaultBackend.service.port.number is the string "80", {READS} an integer there',
        ),
        (
            backend("{service: {name: web, port: 80}}"),
            f"spec.defaultBackend.service.port is the number 80, {READS} a mapping there",
        ),
        (
            backend("{service: {name: web, port: {name: 80}}}"),
            f"spec.defaultBackend.service.port.name is the number 80, {READS} a string there",
        ),
        (
            backend("{service: web}"),
            f'spec.defaultBackend.service is the string "web", {READS} a mapping there',
        ),
        (backend("web"), f'spec.defaultBackend is the string "web", {READS} a mapping there'),
        (
            backend(BACKEND) + "tls: {hosts: [a.com]}\n",
            f"spec.tls is a mapping, {READS} a list there",
        ),
        (
            backend(BACKEND) + "tls: [{hosts: a.com}]\n",
            f'spec.tls[0].hosts is the string "a.com", {READS} a list there',
        ),
        (
            backend(BACKEND) + "ingressClassName: true\n",
            f"spec.ingressClassName is the boolean true, {READS} a string there",
        ),
        (
            "rules: [{host: 12}]\n",
            f"spec.rules[0].host is the number 12, {READS} a string there",
        ),
        (
            backend(BACKEND) + "ingressClass: public\n",
            "has spec.ingressClass, an unknown field in networking.k8s.io/v1: did you mean ingressClassName?",
        ),
        (
            "defaultbackend: {}\n",
            "has spec.defaultbackend, an unknown field in networking.k8s.io/v1: did you mean defaultBackend?",
        ),
        (
            rule(f"{{path: /, pathtype: Prefix, backend: {BACKEND}}}"),
            f"has spec.rules[0].http.paths[0].pathtype, {NO_FIELD}: did you mean pathType?",
        ),
        (
            "rules: [{host: a.com, paths: []}]\n",
            "has spec.rules[0].paths, an unknown field in networking.k8s.io/v1",
        ),
    ],
)
def test_fields_that_do_not_decode_are_one_mistake(spec: str, problem: str) -> None:
    assert refused(spec) == [problem]


@pytest.mark.parametrize(
    ("metadata", "problem"),
    [
        ("{}", "This Ingress has neither a name nor a generateName"),
        ("{name: web, namespace: a.b}", "namespace a.b is not a valid namespace name"),
        ("{name: web, labels: {a: b c}}", "has a=b c, which is not a valid label value"),
        ("{name: web, clusterName: x}", f"has metadata.clusterName, {NO_FIELD}"),
    ],
)
def test_metadata(metadata: str, problem: str) -> None:
    (said,) = refused(backend(BACKEND), metadata=metadata)
    assert said.startswith(problem)


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        (rule("null"), "path / has no pathType, and networking.k8s.io/v1 has no default for it"),
        (rule("{path: /a, pathType: Exact, backend: null}"), "has neither a service nor a resource"),
        (rule(f"{{path: /a, pathType: '', backend: {BACKEND}}}"), "pathType (empty) is none of Exact, Prefix, Imp"),
        (backend(BACKEND) + "tls: [{hosts: [null]}]\n", "tls host (none) is empty"),
        (backend("{service: {name: web, port: {number: null}}}"), "has a port with neither name nor number"),
        (
            backend("{service: {name: web, port: {number: 80}}, serviceName: web}"),
            "The defaultBackend has serviceName, as in v1beta1",
        ),
        (backend("{service: {name: web, port: {number: 80, serviceName: a}}}"), "port.serviceName, an unknown field"),
    ],
)  # fmt: skip
def test_null_is_an_empty_value(spec: str, problem: str) -> None:
    assert problem in " ".join(refused(spec))


@pytest.mark.parametrize("spec", ["rules: [null]\n", f"{backend(BACKEND)}tls: [null]\n", "rules: [{http: null}]\n"])
def test_null_may_be_all_there_is(spec: str) -> None:
    assert refused(spec) == []


def test_a_fragment_lacks_what_something_else_has() -> None:
    text = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: web}\nspec: {tls: [{hosts: [A]}]}\n"
    (document,) = read_documents(Source("web.yaml", text))
    ingress = Ingress.of(document)
    assert len(list(ingress_problems(ingress))) == 2
    assert [problem.at.path[-1] for problem in ingress_problems(ingress, is_fragment=True)] == [0]


def test_annotations_are_strings() -> None:
    assert refused(backend(BACKEND), metadata="{name: web, annotations: {a.b/c: 'true', d: }}") == []
    assert refused(backend(BACKEND), metadata="{name: web, annotations: {a.b/c: true}}") == [
        f"annotation a.b/c is the boolean true, {READS} a string there"
    ]


@pytest.mark.parametrize("text", ["${X}", "$(X)", "'{{ x }}'", "<x>", "HOST"])
def test_placeholders_are_filled_in_later(text: str) -> None:
    spec = f"ingressClassName: {text}\ntls: [{{hosts: [{text!r}], secretName: {text!r}}}]\n".replace(
        "\"'", "'"
    ).replace("'\"", "'")
    assert refused(backend(BACKEND) + spec) == []
    assert refused(f"rules:\n  - host: {text}\n") == []


# IngressClass


def class_refused(spec: str, *, version: str = "v1", metadata: str = "{name: public}") -> list[str]:
    text = f"apiVersion: networking.k8s.io/{version}\nkind: IngressClass\nmetadata: {metadata}\nspec: {spec}\n"
    (document,) = read_documents(Source("class.yaml", text))
    (item,) = read_resources(document, {})
    assert isinstance(item, IngressClass)
    return [problem.message.replace("IngressClass public", "it") for problem in ingress_class_problems(item)]


PARAMETERS: Mapping[str, list[str]] = {
    "{kind: A, name: b}": [],
    "{apiGroup: example.com, kind: A, name: b, scope: Cluster}": [],
    "{kind: A, name: b, scope: Namespace, namespace: shop}": [],
    "{kind: A}": ["The parameters of it cannot refer to something without name"],
    "{kind: A, name: b, scope: Namespace}": ["The parameters of it are of scope Namespace and name no namespace"],
    "{kind: A, name: b, namespace: shop}": ["The parameters of it name a namespace, which only scope Namespace may"],
    "{kind: A, name: b, scope: namespace}": ["The scope namespace of it is neither Cluster nor Namespace"],
    "{kind: A, name: b, scope: null}": [],
    "{kind: A, name: b, scope: ''}": ["The scope (empty) of it is neither Cluster nor Namespace"],
    "{kind: A, name: b, scope: Namespace, namespace: ''}": ["The namespace (empty) of it is not a valid name"],
    "{apiGroup: '', kind: A, name: b}": [
        "The parameters of it cannot have apiGroup (empty): that is not a valid API group"
    ],
    "{kind: A, name: b, scope: Namespace, namespace: Shop}": ["The namespace Shop of it is not a valid name"],
}


@pytest.mark.parametrize("parameters", PARAMETERS)
def test_parameters(parameters: str) -> None:
    assert class_refused(f"{{controller: a.b/c, parameters: {parameters}}}") == PARAMETERS[parameters]


def test_scopes_came_after_v1beta1() -> None:
    assert class_refused("{controller: a.b/c, parameters: {kind: A, name: b, namespace: c}}", version="v1beta1") == []


CONTROLLERS: Mapping[str, Any] = {
    "k8s.io/ingress-nginx": None,
    "example.com/a/b-c_d": None,
    "a/b": None,
    "nginx": "is not a domain with a path",
    "k8s.io/": "is not a domain with a path",
    "/nginx": "is not a domain with a path",
    "K8s.io/nginx": "is not a domain with a path",
    "k8s.io/a b": "is not a domain with a path",
    "k8s.io/" + "a" * 243: None,
    "k8s.io/" + "a" * 244: "has a name of 251 characters",
}


@pytest.mark.parametrize("controller", CONTROLLERS)
def test_controllers(controller: str) -> None:
    said = class_refused(f"{{controller: '{controller}'}}")
    expected = CONTROLLERS[controller]
    assert (said == []) if expected is None else (len(said) == 1 and expected in said[0])


@pytest.mark.parametrize("spec", ["{}", "{controller: ''}", "{controller: }", ""])
def test_a_class_needs_a_controller(spec: str) -> None:
    assert class_refused(spec) == ["it names no controller, so that nothing can serve it"]


def test_kubectl_drops_the_namespace_of_a_class() -> None:
    assert class_refused("{controller: a.b/c}", metadata="{name: public, namespace: A.B}") == []


def test_types_of_a_class() -> None:
    metadata = "{name: public, annotations: {ingressclass.kubernetes.io/is-default-class: true}}"
    assert class_refused("{controller: a.b/c}", metadata=metadata) == [
        f"annotation ingressclass.kubernetes.io/is-default-class of it is the boolean true, {READS} a string there"
    ]
    assert class_refused("{controler: a.b/c}") == [f"it has spec.controler, {NO_FIELD}: did you mean controller?"]


# Anything at all

FIELDS = (
    *("rules", "defaultBackend", "backend", "tls", "ingressClassName", "controller", "parameters", "scope"),
    *("namespace", "name", "kind"),
    *("host", "http", "paths", "path", "pathType", "service", "resource", "port", "number", "hosts"),
    *("secretName", "serviceName", "servicePort", "apiGroup", "x"),
)  # fmt: skip
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-1, 99999)
    | st.floats(allow_nan=False)
    | st.sampled_from(["", "a", "*", "/"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=4),
    max_leaves=12,
)
SPECS = VALUES | st.one_of(
    VALUES.map(lambda value: {"rules": [{"http": {"paths": [value, {"backend": value}]}}]}),
    VALUES.map(lambda value: {"defaultBackend": {"service": value}, "backend": value, "tls": [value]}),
    VALUES.map(lambda value: {"defaultBackend": {"resource": value}, "parameters": value, "controller": "a/b"}),
)


@given(SPECS, VALUES, st.sampled_from(["v1", "v1beta1"]))
def test_no_data_makes_it_fail(spec: Any, metadata: Any, version: str) -> None:
    source = Source("web.yaml", "a: 1\n")
    data = {"apiVersion": f"networking.k8s.io/{version}", "metadata": metadata, "spec": spec}
    ingress = Ingress(Document(source, 0, 5, data), (), {**data, "kind": "Ingress"})
    for problem in ingress_problems(ingress):
        assert problem.message
        assert problem.at.span.line == 1
    item = IngressClass(Document(source, 0, 5, data), (), {**data, "kind": "IngressClass"})
    for problem in ingress_class_problems(item):
        assert problem.message
