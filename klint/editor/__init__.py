"""What an editor asks of a report: pure functions, from a file and an offset in it to places and words.

graphs.py       the bundles that a file is in
spots.py        the value under a cursor, in each object that it is part of
definitions.py  what a value refers to
hovers.py       what a value leads to, and who reaches it, in words; with hosts.py and pages.py
uses.py         who refers to a value
links.py        files and pages that a file names
lenses.py       who reaches each object of a file, in the words of reach.py
completing/     what may be written where the cursor is

Files are absolute paths, offsets are counted in characters of the text that the report was made from, and what comes
back are klint's own Spans and Markdown: the protocol of an editor is the affair of `klint.server`.
"""
