"""AI History: workers."""
