"""What is aimed at: targets of indicators by team, queue, direction and time, and those the product ships."""
