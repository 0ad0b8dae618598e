"""What a running process needs whatever it does: its log, and pauses between tries."""
