"""Runs in files: the session file (`.threadlab`), and exports for other programs."""
