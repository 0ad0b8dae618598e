"""The bridge: knows Qwen and the database, no platform."""

__version__ = "0.1.0"
