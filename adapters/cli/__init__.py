"""The program `qwen-bridge`: its commands, its settings, and how its parts are put together."""
