"""Search over one's own messages."""
