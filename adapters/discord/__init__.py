"""Connect Discord: mentions in servers, replies, threads and direct messages, by the gateway.

Imports nothing, so that the declaration of the platform and its settings come without its library.
"""
