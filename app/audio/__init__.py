"""Bytes to samples; speech activity, holds, silence, overlap, clips."""
