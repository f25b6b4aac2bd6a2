"""Improving the categorizer from corrections, in the background of the daemon."""
