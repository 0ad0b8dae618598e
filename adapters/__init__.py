"""The adapters: one platform each, which know the bridge's public names and never each other."""
