"""Runs the core on a call and keeps what it found."""
