"""What the switch tells: its records of contacts, the days of agents, and what customers said afterwards."""
