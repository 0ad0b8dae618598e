"""The backends that answer questions: chat.qwen.ai, an OpenAI-compatible server, or one while the other refuses."""
