"""Report → fixes → texts → Report: makes fixes, and keeps those that prove good.

    findings with a fix → those that go together → edits → the texts read and linted anew → kept, or left out

A fix is kept if its finding is gone after it and nothing new is found. So it is made on texts that are laid over the
Tree, round by round, until there is nothing more to make; only then is anything shown or written, by `files`.
"""

from klint.fixing.editable import STDIN, Editable
from klint.fixing.offers import Offer, offers
from klint.fixing.rounds import Fixed, make_fixes

__all__ = ["STDIN", "Editable", "Fixed", "Offer", "make_fixes", "offers"]
