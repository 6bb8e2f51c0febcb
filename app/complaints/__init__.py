"""The complaint register."""
