"""Tabs and pages put into categories and groups, by what was learned from corrections."""
