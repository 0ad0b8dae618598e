"""Adapt one platform each to the bridge; adapters know its public names, and never each other."""
