"""Graphs and findings → ExposureMap: what is open to whom, and where it leads, as stops and lines between them.

Formats draw it; none of them looks at a graph.
"""
