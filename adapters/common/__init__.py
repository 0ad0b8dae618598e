"""Code that several adapters share; it imports none of them."""
