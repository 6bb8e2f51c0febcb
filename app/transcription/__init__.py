"""Samples to a Transcript: what was said, by whom, and where the customer waited."""
