"""Imports klint's own modules with less looking about.

A small run imports some two hundred of them, and half of what Python does for each is to find it: it asks finder after
finder, lists folders, joins paths. Where a module of klint is follows from its name, so here a look at its source and
one at its byte code do. What is not that simple, such as byte code that is missing or old, is left to Python.
"""

from __future__ import annotations

import os
import sys
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import MAGIC_NUMBER, cache_from_source
from io import open_code
from marshal import loads
from types import CodeType

_PACKAGE = os.path.dirname(__file__)
_CACHE = f"{os.sep}__pycache__{os.sep}"
_SUFFIX = os.path.basename(cache_from_source("m.py"))[1:]
"""`.cpython-311.pyc`, or another where Python optimizes."""

_BY_TIME = MAGIC_NUMBER + bytes(4)
"""How byte code begins that holds while the time and the size of its source are those that stand next in it."""


class Loader(SourceFileLoader):
    """Loads a module from its file as Python does, and faster where byte code beside it holds."""

    def __init__(self, name: str, file: str) -> None:
        super().__init__(name, file)
        folder, _, last = file.rpartition(os.sep)
        self.cached = f"{folder}{_CACHE}{last[:-3]}{_SUFFIX}"

    def get_code(self, fullname: str) -> CodeType | None:
        """The module's code."""
        try:
            with open_code(self.cached) as opened:
                data = opened.read()
            source = os.stat(self.path)
        except OSError:
            return super().get_code(fullname)
        if data.startswith(_BY_TIME) and data[8:16] == _four_bytes(source.st_mtime) + _four_bytes(source.st_size):
            code: CodeType = loads(memoryview(data)[16:])
            if code.co_filename == self.path:  # else it was compiled elsewhere, and tells of errors in other files
                return code
        return super().get_code(fullname)


def _four_bytes(number: float) -> bytes:
    return (int(number) & 0xFFFFFFFF).to_bytes(4, "little")


class _Finder:
    """Finds the modules below `klint`."""

    @staticmethod
    def find_spec(fullname: str, _path: object = None, _target: object = None) -> ModuleSpec | None:
        """How to load a module; None where somebody else has to find it."""
        if not fullname.startswith("klint."):
            return None
        folder = f"{_PACKAGE}{os.sep}{fullname[6:].replace('.', os.sep)}"
        file = f"{folder}.py"
        is_package = not os.path.isfile(file)
        if is_package:
            file = f"{folder}{os.sep}__init__.py"
            if not os.path.isfile(file):
                return None
        loader = Loader(fullname, file)
        spec = ModuleSpec(fullname, loader, origin=file, is_package=is_package)
        spec.has_location, spec.cached = True, loader.cached
        if spec.submodule_search_locations is not None:
            spec.submodule_search_locations.append(folder)
        return spec


def import_faster() -> None:
    """Have Python ask here first for modules of klint, from now on in this process."""
    if _Finder not in sys.meta_path:
        sys.meta_path.insert(0, _Finder)
