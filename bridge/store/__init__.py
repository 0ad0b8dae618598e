"""Turns and conversations in a database, so that they outlive the process."""

from bridge.store.store import Store
from bridge.store.turn_rows import Recorded

__all__ = ["Recorded", "Store"]
