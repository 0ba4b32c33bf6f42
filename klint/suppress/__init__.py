"""What silences a finding: comments, annotations and configuration; and which of them silence nothing.

ignores.py       what an ignore is
comments.py      those in comments
annotations.py   those in annotations
collecting.py    every ignore of a workspace
lookup.py        ignores by what they are about
applying.py      what they silence, and what silences nothing
"""

from klint.suppress.annotations import ANNOTATION
from klint.suppress.applying import Suppressed, apply
from klint.suppress.collecting import collect
from klint.suppress.ignores import MARK, Ignore, Ignores

__all__ = ["ANNOTATION", "MARK", "Ignore", "Ignores", "Suppressed", "apply", "collect"]
