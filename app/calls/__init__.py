"""A recording and its facts: agent, team, queue, customer, times, and how far it has come."""
