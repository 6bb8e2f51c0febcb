"""What Callmark knows about calls, as pure values and functions: no files, no clock, no database."""
