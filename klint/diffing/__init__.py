"""What a change does to exposure: the graphs of two sides → what is open on each, and what became of it.

pairing.py     the bundles of two sides → those that are to be compared
facts.py       graphs → doors, requests, Services' ports and the ends behind them, by what they are and never by where
renames.py     what only has another name on one side
reach.py       facts → what requests from outside come to
changes.py     a change, as data
comparison.py  two sides → what has changed, thing by thing
comparing.py   all scopes → their changes, each root cause once
"""
