"""Provides what the clients of all backends share: limits, retries, server-sent events, kinds of files."""
