"""The command `memkit`: what can be typed in a terminal?

memkit lab            open JupyterLab on your copy of the first lesson, in the folder my
memkit fresh [3]      make your copies that are missing; with a lesson, another copy of it
memkit demo           the conversation of three users in the terminal
memkit doctor         what a class needs on this machine, and how to fix what is missing
"""

import argparse
import io
import sys
from collections.abc import Sequence

from memkit import __version__
from memkit.commands import demo, doctor, fresh, lab
from memkit.errors import MemkitError, needs

# modules with `add_options` and `run`
COMMANDS = {"lab": lab, "fresh": fresh, "demo": demo, "doctor": doctor}


def main(given: Sequence[str] | None = None) -> int:
    """Run the command with the options given, by default the terminal's; return the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # an old Windows console has few characters
            stream.reconfigure(errors="replace")
    options, others = _parser().parse_known_args(given)
    if others and options.command != "lab":  # JupyterLab has options of its own
        options.parser.error(f"unknown options: {' '.join(others)}")
    try:
        with needs("lab", f"`memkit {options.command}`"):
            return int(COMMANDS[options.command].run(options, others))
    except MemkitError as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("memkit", description="Chat memory to explore, in Jupyter.")
    parser.add_argument("--version", action="version", version=f"memkit {__version__}")
    parts = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, module in COMMANDS.items():
        summary = (module.__doc__ or "").partition("\n")[0].partition(": ")[2]
        part = parts.add_parser(name, help=summary, description=summary)
        part.set_defaults(parser=part)
        module.add_options(part)
    return parser
