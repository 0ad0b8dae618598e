"""What the clients of all backends share."""
