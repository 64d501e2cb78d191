"""In which language people see Colloquy: their account's, else this browser's choice, else what the browser asks."""
