"""Measurements of a running server: `python -m benchmarks` or `make bench`.  Figures depend on the machine."""
