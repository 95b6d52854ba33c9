"""What of this machine could falsify a run: `collect` looks, `judge` judges the facts, `words` says it."""
