"""Assistants that admins define: what they are told, what they may search, and who may use them."""
