"""Whole tables for other systems: many rows, a few at a time."""
