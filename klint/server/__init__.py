"""The language server: what klint finds, in an editor as somebody types.

    client → buffers → linter (a Session a root, on a thread of its own) → outcome → diagnostics, code actions → client

client.py       what the editor can do
lines.py        offsets in a text ↔ positions as the protocol counts them
buffers.py      the documents that are open, as they are now
uris.py         paths ↔ URIs
moves.py        where lines of an older text are in a newer one
readable.py     open documents that cannot be read for the moment, and what stands for them
kept.py         diagnostics that are those of the report before
linter.py       open buffers over the files of a root → what klint finds there
outcome.py      what a root's linting came to, as diagnostics by file
diagnostics.py  findings → diagnostics
worker.py       a thread that does one thing after the other
root.py         when a root is linted, and who waits for it
roots.py        which roots there are
progress.py     how far rendering has come, and the way to end it
pushing.py      diagnostics that are sent as they change
pulling.py      diagnostics that are asked for
edits.py        edits of files → edits as the protocol has them
actions.py      quick fixes, and fixes of a whole file
features.py     what is under the cursor
protocol.py     the protocol's own part: documents open, change and close
server.py       the server: what it answers to which request
"""
