"""YAML as kubectl reads it: plain data fast, a tree with positions on demand.

    stream → documents (streams) → plain data (loading) · places (outline) · a tree with positions (composing)

Two parsers share the work. `yaml-rs` turns text into plain data many times faster than anything that keeps
positions, so it reads everything first. ruamel.yaml's event stream is the referee: it reads what the fast parser
refuses or would read otherwise than kubectl does (misreading), and it gives every syntax message (events) and every
position that the lines of a text do not tell for certain (outline). The tree it is composed into (nodes) holds both the
data and where each part stands; it is imported when it is needed, which for most texts it never is.

kubectl turns YAML into JSON with a YAML 1.1 reader: `yes` and `on` are booleans, `0777` is octal, timestamps are
strings, keys become strings, the last of two equal keys wins (scalars). A test compares that with what
`kubectl annotate --local` prints.
"""

from klint.text.yaml.errors import MAX_DEPTH, TooComplexError, YamlError
from klint.text.yaml.loading import load
from klint.text.yaml.nodes import DuplicateKey, Entry, Node
from klint.text.yaml.scalars import key_text, resolve
from klint.text.yaml.streams import split

__all__ = [
    "MAX_DEPTH",
    "DuplicateKey",
    "Entry",
    "Node",
    "TooComplexError",
    "YamlError",
    "key_text",
    "load",
    "resolve",
    "split",
]
