"""`python -m reviewer` and the `reviewer` command."""

import sys


def main() -> None:
    """Run the command line."""
    from reviewer.cli import app

    sys.exit(app())


if __name__ == "__main__":
    main()
