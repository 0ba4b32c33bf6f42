"""Which folders and files a server lints, each for itself."""

from pathlib import Path
from typing import Any

from klint.server.roots import Roots

SHOP, WEB = Path("/shop"), Path("/shop/web")


class Made:
    """A root that lints nothing."""

    def __init__(self, path: Path, folder: Path) -> None:
        self.path, self.folder, self.is_stopped = path, folder, False

    def stop(self) -> None:
        self.is_stopped = True


def made() -> tuple[Roots, list[Path]]:
    """No roots, and what is closed of them later."""
    closed: list[Path] = []
    make: Any = Made

    def close(path: Path, root: Any) -> None:
        assert root.is_stopped
        assert roots.at(path) is None
        closed.append(path)

    roots = Roots(make, close)
    return roots, closed


def held(roots: Roots) -> list[tuple[Path, Path]]:
    found: Any = roots
    return [(root.path, root.folder) for root in found]


def test_a_file_of_no_open_folder_is_a_root_until_its_folder_is_opened_or_it_is_closed() -> None:
    roots, closed = made()
    file, alone = SHOP / "service.yaml", Path("/other/service.yaml")
    assert roots.of_document(file) is roots.of_document(file) is roots.holding(file)
    roots.of_document(alone)
    assert held(roots) == [(file, SHOP), (alone, alone.parent)]
    roots.add([SHOP])
    assert closed == [file]
    assert roots.of_document(file) is roots.at(SHOP)
    for path in (file, alone, alone):
        roots.remove_file(path)
    assert closed == [file, alone]
    assert held(roots) == [(SHOP, SHOP)]


def test_a_file_belongs_to_the_innermost_folder_that_is_open() -> None:
    roots, closed = made()
    file = WEB / "service.yaml"
    assert roots.holding(file) is None
    roots.add([SHOP, WEB, WEB])
    assert roots.holding(file) is roots.at(WEB)
    assert roots.holding(SHOP / "website.yaml") is roots.at(SHOP)
    roots.remove_file(WEB)
    assert not closed  # it is a folder
    roots.remove(WEB)
    roots.remove(WEB)
    assert closed == [WEB]
    assert roots.of_document(file) is roots.at(SHOP)


def test_roots_may_close_while_they_are_gone_through() -> None:
    roots, closed = made()
    roots.add([SHOP, WEB])
    for root in roots:
        one: Any = root
        roots.remove(one.path)
    assert closed == [SHOP, WEB]
