"""Backups: all that is kept as a folder of plain files, and back, on either database and either store."""
