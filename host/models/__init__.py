"""AI History: models."""
