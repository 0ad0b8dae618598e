"""Share between the adapters what several of them need; no module here knows a platform."""
