"""What comes in by the folder and by the file: recordings of a switch, and lists of facts; and what became of each."""
