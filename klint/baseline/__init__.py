"""Baselines: files of findings that are known, so that a run reports what is new.

entries.py   a finding as it is known again, and which of a run's are new
file.py      where a baseline is, or is to be
reading.py   a file → Baseline
writing.py   Baseline → text, one finding a line
"""
