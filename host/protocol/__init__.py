"""AI History: protocol."""
