"""`python -m assessment`, and the installed command."""

import gc


def start() -> None:
    """Load the commands, and do what was asked for."""
    gc.disable()  # of what modules make while they are loaded nothing becomes garbage: a start is sooner over
    from assessment.cli import main

    gc.freeze()
    gc.enable()
    main()


if __name__ == "__main__":
    start()
