"""Notes from a reviewer or supervisor to an agent, and the agent's answer."""
