"""What happened to each call, append-only, in one hash chain per call."""
