"""What people decided: the queue, their verdicts, submitted reviews."""
