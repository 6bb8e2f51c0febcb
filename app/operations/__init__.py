"""What the house knows of its people beside their calls: training, discipline, conduct, and how these weigh."""
