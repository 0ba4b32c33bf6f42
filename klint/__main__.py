"""`python -m klint` is `klint`."""

import sys

if not sys.flags.safe_path:
    # The working directory, which may be what is linted: a `yaml_rs.py` in there must not become ours.
    del sys.path[0]

from klint.cli import main

main()
