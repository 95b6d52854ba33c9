"""Many targets: which of them may be verified beside each other, and how they are played."""
