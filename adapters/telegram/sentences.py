"""Hold the sentences that the bridge says on Telegram alone; `make words` gathers them for translation."""

IN_GROUP = "In a group, **mention me** with your question: `@{name} why is the sky blue?` `/ask` works there, too."

PRIVACY_MODE = "If a mention doesn't reach me, I may not read along here: then use `/ask`, or reply to me."

TOPIC = "This topic is a conversation of its own."

UNREAD = "Something in that message kept me from reading it. Please write it another way."
