"""Places that simulated cameras look at, so that a demonstration is pleasant to watch."""
