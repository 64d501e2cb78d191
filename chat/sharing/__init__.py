"""Read-only links to conversations, inside one organisation."""
