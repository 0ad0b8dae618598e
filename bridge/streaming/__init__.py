"""Streams answers: their events become Markdown, split into messages that are edited while the answer grows."""
