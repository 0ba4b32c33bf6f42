"""What performance klint claims, and how it is measured: `python -m benchmarks`."""
