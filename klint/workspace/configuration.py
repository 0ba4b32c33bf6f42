"""Where the configuration is read from."""

from __future__ import annotations

from pathlib import Path

from klint.config.config import Config, parse_config
from klint.errors import Failure, KlintError
from klint.text.encoding import NotTextError, decode
from klint.text.source import Source
from klint.workspace.tree import Tree

MAX_SIZE = 2**20
"""Bytes of a configuration."""


def load_config(tree: Tree, file: Path, shown: str) -> Config:
    """The configuration in a file; `shown` is the path that errors name.

    Raises:
        KlintError: the file cannot be read, is not YAML, or says something klint does not know.
    """
    try:
        text = decode(tree.read(file, MAX_SIZE)).text
    except OSError as error:
        raise KlintError(Failure(shown, f"The configuration cannot be read: {error.strerror}")) from None
    except NotTextError as error:
        raise KlintError(Failure(shown, f"The configuration cannot be read: it is {error}")) from None
    return parse_config(Source(shown, text))
