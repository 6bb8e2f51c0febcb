"""Callmark: quality assurance for call centres, from the recording to the pass rate."""

import os

# The library in which speech is found tells its maker over the network how it is used, unless this stands in the
# environment before it is loaded. Nothing leaves the house unasked.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
