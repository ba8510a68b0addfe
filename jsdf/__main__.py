"""`python -m jsdf`: run the command line."""

from jsdf.cli import main

if __name__ == "__main__":
    main(prog_name="jsdf")
