"""Benchmarks: `make bench`. Figures are ratios within one run, for machines are shared and noisy."""
