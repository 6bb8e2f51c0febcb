"""Links to a stretch of a call, for colleagues who may hear the call."""
