"""Pretended servers of Qwen, Discord and Telegram on loopback, for trials and for tests; nobody else is asked."""
