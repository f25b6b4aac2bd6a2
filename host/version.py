"""The one place that states the version of the host (the extension's manifest carries the same)."""

VERSION = "0.1.0"
PROTOCOL_VERSION = 1
