"""Turns and conversations in a database, so that they outlive the process."""

from bridge.store.arrivals import Recorded
from bridge.store.store import Store

__all__ = ["Recorded", "Store"]
