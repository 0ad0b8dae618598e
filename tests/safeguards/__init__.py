"""Safeguards: each thing that keeps messages from being lost or doubled is taken out once, and a test has to notice."""
