"""Helm: charts → documents, with the way back to templates and values."""
