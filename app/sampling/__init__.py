"""Sampling: which calls are listened to, drawn at random by a plan, or picked beside it because of a risk."""
