"""Tells other systems what the ledger says."""
