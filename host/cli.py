"""The command line: `ai-history`. It starts the commands and nothing else."""

from __future__ import annotations

from host.cli_commands.start import start


def main() -> None:
    """Run a command; errors go to stderr with their fix, and the exit code is 1 (2 for wrong usage)."""
    start("host.cli_commands.program:cli")


if __name__ == "__main__":
    main()
