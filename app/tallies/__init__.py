"""The counts behind every rate, changed in the same transaction as what they count."""
