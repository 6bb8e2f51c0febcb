"""What was found, made readable: pages and tables for people."""
