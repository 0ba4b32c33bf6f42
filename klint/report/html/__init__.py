"""Pages of HTML: one file each that works from a disk, fetches nothing and is read without a script, too.

markup.py    elements, with every text escaped
pieces.py    what several pages show alike
report.py    klint report; a section each are summary.py, opened.py, pictures.py, groups.py (of the items of
             findings.py), unseen.py, silenced.py and rules.py, with what sections.py has
page.py      the shell that every page has: its head, its policy, its look
style.css    how pages look: on screens light and dark, wide and narrow, and on paper
markdown.py  the pages of rules
map.py       klint map: map_data.py is what it has, map_list.py the ways as lists; map_*.js draw them
"""
