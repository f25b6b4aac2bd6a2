"""AI History: search."""
