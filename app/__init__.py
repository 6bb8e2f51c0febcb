"""Callmark: quality assurance for call centres, from the recording to the pass rate."""
