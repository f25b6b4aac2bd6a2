"""AI History: evaluation."""
