"""Hold the sentences that the bridge says on Discord alone; `make words` gathers them for translation."""

HIDDEN = (
    "I can see that you wrote to me, but Discord won't show me what. Please mention me in the message itself, or "
    "reply with the ping turned on."
)

IN_SERVER = "**Mention me** in a server: `@{name} why is the sky blue?` Here in private you can just write."

NO_MEMBER = "Ask with `/ask`. I'm not a member here, so a mention doesn't reach me."

THREAD = "This thread is a conversation of its own."

THREAD_WITHOUT_MENTION = "Once I've answered in it, no mention is needed."

MENTION_BEGINS_THREAD = "Each mention begins a thread, which is a conversation of its own."

MENTION_BEGINS_CONVERSATION = "Each mention begins a conversation of its own; reply to my answer to go on with it."

DELETE = "Delete it, and my answer goes, too."

UNREAD = "Something in that message kept me from reading it. Please write it another way."
