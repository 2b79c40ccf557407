"""`content-sync`, and `python -m console`."""

from console import verbs  # noqa: F401 - each makes itself known to the app
from console.app import app


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
