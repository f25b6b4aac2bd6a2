"""AI History: install."""
