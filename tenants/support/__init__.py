"""Operators see no organisation's content, unless it lets one in: for a reason, for some hours, for reading alone."""
