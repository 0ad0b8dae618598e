"""Everything that the product reads, with each of its fields gone or other: see `python -m tests.mutations --help`."""
