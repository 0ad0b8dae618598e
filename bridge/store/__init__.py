"""Turns and conversations in a database, so that they outlive the process."""

from bridge.store.store import Recorded, Store

__all__ = ["Recorded", "Store"]
