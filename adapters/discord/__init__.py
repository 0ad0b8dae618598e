"""Serve Discord through its gateway: mentions in servers, replies, threads and direct messages.

This module imports nothing, so that the declaration of the platform and its settings come without its library.
"""
