"""What is kept how long, and how a call is deleted: the one feature that reaches through all others."""
