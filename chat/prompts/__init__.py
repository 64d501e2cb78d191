"""Saved prompts: a person's own, and those that an organisation offers to all its people."""
