"""``python -m specks`` is ``specks``."""

from specks.cli.main import main

if __name__ == "__main__":
    main()
