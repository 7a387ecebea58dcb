"""What answers are worth: rates with exact intervals at the level of the group, and the frozen threshold."""
