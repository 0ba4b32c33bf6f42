"""Rules: what one is, where they are found, which run, and what keeps one from costing more than itself.

A rule is a folder `<layer>/<rule_name>/` with a `rule.py` that holds one function decorated with `@rule`, and a page,
`README.md`. The folder gives name and layer. Folders come with klint, from installed packages (entry points of the
group `klint.rules`) and from the command line (`--rules`), never from a file that was found.

    parameters.py             what Python says of a function's parameters
    subjects.py, options.py   what a rule's parameters say
    rule.py                   Rule, and the decorator
    folders.py                where rules are
    loading.py                folders → Rules
    choice.py                 those that run, and what the configuration says of them
    foreign.py                what rules of packs are held to
"""

from klint.registry.choice import choose, fitting_settings, unknown_names
from klint.registry.folders import built_in_folder, rule_names
from klint.registry.loading import load_rules
from klint.registry.rule import LAYERS, Check, Rule, rule

__all__ = [
    "LAYERS",
    "Check",
    "Rule",
    "built_in_folder",
    "choose",
    "fitting_settings",
    "load_rules",
    "rule",
    "rule_names",
    "unknown_names",
]
