"""The SQL explorer: statements of a person, run apart from the daemon and held in bounds."""
