"""Measures Colloquy and writes docs/benchmarks.md: `python -m benchmarks --help`."""
