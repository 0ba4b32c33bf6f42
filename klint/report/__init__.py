"""Reports: a run's findings in the formats people and machines read. One module a format."""
