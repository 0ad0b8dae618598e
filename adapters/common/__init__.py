"""What the platforms' adapters share; it knows none of them."""
