"""AI History: core."""
