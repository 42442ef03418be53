"""`memkit lab`: open JupyterLab on your copy of the first lesson; takes JupyterLab's options too.

The same on every system: nothing here needs a shell.
"""

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from memkit.commands.fresh import MY, make_missing

# Kernels, packages and settings from outside this environment would change what lessons print.
FROM_OUTSIDE = ("JUPYTER_PATH", "JUPYTERLAB_DIR", "PYTHONPATH", "PYTHONHOME")
WRITTEN_BY_JUPYTER = (
    *("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"),
    *("IPYTHONDIR", "MPLCONFIGDIR"),
)
OFFLINE = [  # neither ask about news nor look for updates
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    f"--LabApp.app_settings_dir={Path(__file__).parent / 'settings'}",  # nor ask whether it may
]


def add_options(parser: argparse.ArgumentParser) -> None:
    """None of its own: `memkit lab --port=9000` hands its options to JupyterLab."""


def run(options: argparse.Namespace, others: Sequence[str]) -> int:
    """Make the copies that are missing, and be JupyterLab until it is shut down."""
    from jupyterlab.labapp import LabApp

    make_missing()
    set_environment()
    first = min(MY.glob("01_*.ipynb")).as_posix()
    start = [f"--LabApp.default_url=/lab/tree/{first}", f"--ServerApp.root_dir={os.getcwd()}"]
    LabApp.launch_instance([*OFFLINE, *start, *_for_this_machine(), *others])
    return 0


def set_environment() -> None:
    """Keep kernels to this environment; where HOME is of no use, Jupyter writes into it, too."""
    for name in FROM_OUTSIDE:
        os.environ.pop(name, None)
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"
    if not home_is_writable():
        place = Path(sys.prefix, "home")
        place.mkdir(exist_ok=True)
        for name in WRITTEN_BY_JUPYTER:
            os.environ.setdefault(name, str(place / name.lower()))


def home_is_writable() -> bool:
    """Whether a file can be made in HOME: it may be read-only, or not there."""
    try:
        with tempfile.TemporaryFile(dir=os.path.expanduser("~")):
            return True
    except OSError:
        return False


def _for_this_machine() -> list[str]:
    """What JupyterLab has to be told where root runs it, and where there is no display."""
    wanted = []
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        wanted.append("--allow-root")
    shown = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))
    if sys.platform.startswith("linux") and not shown and not shutil.which("wslview"):
        wanted.append("--no-browser")
    return wanted
