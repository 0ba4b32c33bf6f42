"""Which names are one misspelt, and which are two."""

import pytest

from klint.exposure.near import Names, are_similar, parts, stem

SIMILAR = [
    ("nginx", "ngnix"),  # two letters swapped
    ("web", "wbe"),
    ("storefront", "storefornt"),
    ("checkout", "chekout"),  # one missing
    ("payments", "payment"),
    ("frontend", "front-end"),
    ("gateway", "gatewai"),  # one wrong
    ("web", "webb"),  # one doubled
    ("shop-canary", "shopp-canary"),
    ("web", "Web"),
    ("web", "web-svc"),  # a word for the kind of thing
    ("web", "service-web"),
    ("web-deployment", "web-service"),
    ("web-svc", "wbe"),
    ("web-svc", "web-scv"),
    ("my_app", "my-app"),
]
DIFFERENT = [
    ("web1", "web2"),  # siblings by number
    ("web", "web2"),
    ("api-v1", "api-v2"),
    ("10-0-0-1", "10-0-0-11"),
    ("zone-a", "zone-b"),  # siblings by a short word
    ("zone-a", "zone-aa"),
    ("laba", "labb"),
    ("web", "weba"),
    ("cart", "card"),
    ("cart-service", "card-service"),
    ("gateway-http", "gateway-https"),
    ("order-service", "user-service"),
    ("redis-master", "redis-slave"),
    ("web", "web-admin"),
    ("kafka", "kafka-ui"),
    ("frontend", "backend"),
    ("api", "app"),
    ("a", "b"),
    ("", "web"),
    ("x" * 64, "x" * 63 + "y"),  # longer than any name that is compared
]


@pytest.mark.parametrize(("one", "other"), SIMILAR)
def test_one_name_misspelt(one: str, other: str) -> None:
    assert are_similar(one, other)
    assert are_similar(other, one)
    assert Names(["shop", other, "kiosk"]).like(one) == [other]


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_two_names(one: str, other: str) -> None:
    assert not are_similar(one, other)
    assert not are_similar(other, one)
    assert Names(["shop", other, "kiosk"]).like(one) == []


def test_a_name_is_not_like_itself() -> None:
    assert Names(["web", "web-svc"]).like("web") == ["web-svc"]


def test_nothing_is_like_a_name_where_there_are_none() -> None:
    assert Names([]).like("web") == []


def test_many_alike_are_cut_short() -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"
    assert len(Names([f"front{letter}end" for letter in letters]).like("frontend")) == 20


@pytest.mark.parametrize(
    ("name", "expected"),
    [("web", "web"), ("Web-svc", "web"), ("svc-web-app", "web"), ("service", "service"), ("svc-app", "svc")],
)
def test_stem(name: str, expected: str) -> None:
    assert stem(name) == expected


def test_parts() -> None:
    assert list(parts("shop-web-prod")) == ["shop-web", "shop", "web-prod", "prod"]
    assert list(parts("web")) == []
