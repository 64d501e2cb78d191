"""An organisation's own face: its logo, its accent colour and the name that stands where Colloquy's would."""
