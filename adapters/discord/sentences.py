"""Hold the sentences that the bridge says on Discord alone; `make words` gathers them for translation."""

HIDDEN = (
    "I can see that you wrote to me, but Discord won't show me what. Please mention me in the message itself, or "
    "reply with the ping turned on."
)
