"""What the bridge says to people itself, where Qwen does not speak. What goes wrong is said by `errors`."""

GREETING = "Hello! Write me anything, and Qwen answers. Our conversation goes on from message to message."

NOTHING_ASKED = "What would you like to ask? Please write your question in the same message."

NO_WORDS = "I can only read text so far. Please write your question in words."

INTERRUPTED = "*Interrupted. The answer follows when I am back.*"

ENDED = "*Interrupted.*"
