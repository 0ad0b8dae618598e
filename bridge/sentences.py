"""What the bridge says to people itself, where Qwen does not speak. What goes wrong is said by `errors`."""

GREETING = "Hello! Write me anything, and Qwen answers. Our conversation goes on from message to message."

NOTHING_ASKED = "What would you like to ask? Please write your question in the same message."

NO_WORDS = "I can read text, pictures and documents. Please write your question in words."

LOOK = "Please look at the attached file."

UNREADABLE = "I could not fetch what you attached. Please send it again."

TOO_LARGE = "What you attached is too large: I can take up to 20 MB."

INTERRUPTED = "*Interrupted. The answer follows when I am back.*"

ENDED = "*Interrupted.*"

THINKING = "Thinking"

SEARCHING = "Searching: {query}"

SOURCES = "Sources"
