"""Store turns and conversations in a database, so that they survive a restart."""

from bridge.store.arrivals import Arrival, Recorded
from bridge.store.store import Store
from bridge.store.usage import Budget, Refusal

__all__ = ["Arrival", "Budget", "Recorded", "Refusal", "Store"]
