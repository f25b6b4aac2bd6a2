"""Starts the installer. Kept free of newer syntax, so that an old Python can say that it is too old."""

import sys

OLDEST = (3, 11)


def main() -> int:
    """Check the Python that runs this, then hand over; returns the exit code."""
    if sys.version_info < OLDEST:
        import shutil

        newer = [
            name for name in ("python3.14", "python3.13", "python3.12", "python3.11") if shutil.which(name)
        ]
        here = ".".join(str(part) for part in sys.version_info[:3])
        fix = newer[0] + " -m host.install" if newer else "install Python 3.11 or newer, and run it with that"
        sys.stderr.write(
            "AI History needs Python 3.11 or newer; this is Python " + here + ".\nFix: " + fix + "\n"
        )
        return 1
    from host.install.cli import main as install

    return install()


if __name__ == "__main__":
    sys.exit(main())
