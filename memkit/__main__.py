"""`python -m memkit`: the same as the command `memkit`, and where no command is named, the demo."""

import sys

from memkit.commands import COMMANDS, main

if __name__ == "__main__":
    given = sys.argv[1:]
    sys.exit(main(given if given[:1] and given[0] in COMMANDS else ["demo", *given]))
