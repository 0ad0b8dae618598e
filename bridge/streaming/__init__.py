"""How an answer grows: its events become Markdown, cut into messages that a platform shows while they change."""
