"""Answers questions: by chat.qwen.ai, by an OpenAI-compatible server, or by one while the other refuses."""
