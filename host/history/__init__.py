"""AI History: history."""
