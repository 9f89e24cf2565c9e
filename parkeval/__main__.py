"""`python -m parkeval`."""

from parkeval.cli import main

if __name__ == "__main__":
    main()
