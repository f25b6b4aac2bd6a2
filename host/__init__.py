"""AI History: a private, local memory for a web browser."""
