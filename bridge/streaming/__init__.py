"""Streaming: an answer's events become Markdown, split into messages that the platform edits while the answer grows."""
