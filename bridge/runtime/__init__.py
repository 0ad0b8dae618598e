"""Serve any long-running process: logging, and pauses between retries."""
