"""The program `qwen-bridge`: its commands, its settings, and the composition of all parts."""
