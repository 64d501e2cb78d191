"""Colloquy as an installed app: its manifest, its service worker, and a page for when there is no network."""
