"""Runs of `klint check`, remembered: what one says follows from what it read, and is said again while that is the same.

trace.py          what a run asked the disk, and whether it would be told the same now
installation.py   what else decides: klint's code, what is installed, programs that render, the day
runs.py           one run, what it said the last time, and which edits there were since
"""
