"""What may be written where the cursor is.

typed.py        what is being typed
flow.py         what stands in brackets
typing.py       lines that are no YAML yet → the path that is being typed, and what else the document says
fields.py       what may be named in a bundle
names.py        Services, classes, Gateways, Secrets and other objects by name
ports.py        ports of Services, of pods and of containers
labels.py       labels of pods
annotations.py  annotations that say who may come in, and their values
table.py        which of these is offered in which field of which kind
completions.py  a file and an offset → what may stand there
"""
