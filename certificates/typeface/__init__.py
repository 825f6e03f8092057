"""Typefaces: which characters can be drawn, by which font, and how fonts travel in a file."""
