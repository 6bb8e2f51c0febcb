"""People, teams, their sessions, API keys, and every question of permission."""
