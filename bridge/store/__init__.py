"""Store turns and conversations in a database, so that they survive a restart."""

from bridge.store.arrivals import Arrival, Recorded
from bridge.store.store import Store

__all__ = ["Arrival", "Recorded", "Store"]
