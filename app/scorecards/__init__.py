"""A YAML file becomes an immutable scorecard, named by the hash of its content."""
