"""The explorer, copies, retention and encryption, wired for the daemon."""
