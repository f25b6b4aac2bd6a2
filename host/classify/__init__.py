"""Classification: texts into categories, and files of a project."""
