"""Hold the bridge's own sentences, and translate them."""
