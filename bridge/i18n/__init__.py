"""What the bridge says itself, and how it is said in each language."""
