"""What of this machine could make a run wrong: `collect` looks, `judge` judges the facts, `words` says it."""
