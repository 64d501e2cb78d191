"""The list of conversations: pinned, put away, tagged; and what the command palette jumps to."""
