"""`python -m reviewer` and the `reviewer` command."""

import sys


def main() -> None:
    """Run the command line."""
    try:
        from reviewer.cli import app

        code = app()
    except KeyboardInterrupt:  # during the imports, which take a moment; the commands say more
        sys.stderr.write("Stopped.\n")
        code = 130
    sys.exit(code)


if __name__ == "__main__":
    main()
