"""memkit beside Agno, on the same work, in turn, in one run: `make bench`.

Each piece of work runs in a process of its own (`kit_at_work.py`), first with one kit and then with
the other, several times over, against one endpoint that answers at once (or after 50 ms, for many
users). The medians go into the table of the README and into a picture, `docs/benchmarks.svg`. Agno
has an environment of its own, `.venv-bench`; memkit does not need it.
"""

from __future__ import annotations

import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from endpoint import endpoint

from many import others

ROUNDS = 3
PYTHON = {"memkit": sys.executable, "Agno": str(ROOT / ".venv-bench" / "bin" / "python")}
IMPORT = {
    "memkit": "import memkit",
    "Agno": "import agno.agent, agno.db.sqlite, agno.models.openai",
}
WORK = {
    "a turn, 10 memories": ("turn 10", 0.0),
    "a turn, 1,000 memories": ("turn 1000", 0.0),
    "a turn, 10,000 memories": ("turn 10000", 0.0),
    "3 users at once": ("users 3", 0.05),
    "30 users at once": ("users 30", 0.05),
    "100 users at once": ("users 100", 0.05),
    "reads": ("reads", 0.0),
}

Times = dict[str, dict[str, list[float]]]  # what is measured -> kit -> milliseconds


def run(kit: str, *arguments: str) -> str:
    """What a process prints last."""
    done = subprocess.run(
        [PYTHON[kit], *arguments], capture_output=True, text=True, check=False, cwd=ROOT
    )
    if done.returncode:
        raise SystemExit(f"{kit}, {arguments}:\n{done.stderr}")
    return done.stdout.splitlines()[-1] if done.stdout else ""


def measure(folder: Path) -> Times:
    """All the work, with each kit in turn."""
    times: Times = {}

    def add(name: str, kit: str, milliseconds: float) -> None:
        times.setdefault(name, {}).setdefault(kit, []).append(milliseconds)

    (folder / "memories.json").write_text(json.dumps(others(10_100)))
    for name, (work, latency) in WORK.items():
        with endpoint(latency) as url:
            for number in range(ROUNDS):
                for kit in PYTHON:
                    place = folder / f"{kit} {work} {number}"
                    place.mkdir()
                    script = str(ROOT / "benchmarks" / "kit_at_work.py")
                    result = json.loads(run(kit, script, kit, work, str(place), url))
                    found = result if isinstance(result, dict) else {name: result}
                    for what, milliseconds in found.items():
                        add(what, kit, milliseconds)
        print(name, {kit: round(min(ms), 1) for kit, ms in times.get(name, {}).items()}, flush=True)
    for _ in range(ROUNDS):
        for kit in PYTHON:
            began = time.perf_counter()
            run(kit, "-c", IMPORT[kit])
            add("import", kit, 1000 * (time.perf_counter() - began))
    return times


def table(times: Times) -> str:
    """The medians in milliseconds, and how often memkit's goes into Agno's, as Markdown."""
    lines = ["| milliseconds | memkit | Agno | Agno takes |", "|---|---|---|---|"]
    for name, kits in times.items():
        ours, theirs = (statistics.median(kits.get(kit) or [0]) for kit in PYTHON)
        shown = f"{theirs:,.1f} | {_times(theirs / ours)}" if theirs else "- | -"
        where = " among 10,000" if name in READS else ""
        lines.append(f"| {name}{where} | {ours:,.1f} | {shown} |")
    return "\n".join(lines)


def _times(ratio: float) -> str:
    return f"{ratio:,.1f} times" if ratio < 10 else f"{ratio:,.0f} times"


READS = ("list", "last ten", "keyword", "by id", "first query")


def picture(times: Times, path: Path) -> None:
    """The same as bars on a logarithmic scale."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    mpl.rcParams["svg.hashsalt"] = "memkit"  # the same ids in every file
    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.subplots()
    for offset, kit, colour in ((-0.2, "memkit", "#1f77b4"), (0.2, "Agno", "#bbbbbb")):
        bars = {n: statistics.median(k[kit]) for n, k in enumerate(times.values()) if kit in k}
        heights = [number + offset for number in bars]
        axes.barh(heights, list(bars.values()), 0.4, label=kit, color=colour)
    axes.set_yticks(range(len(times)), list(times))
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.set_xlabel("milliseconds (each step of the scale is ten times the one before)")
    axes.legend()
    figure.savefig(path, metadata={"Date": None})


def about() -> str:
    """When, on what machine, and with which versions."""
    version = run("Agno", "-c", "import importlib.metadata as m; print(m.version('agno'))")
    machine = f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}"
    load = f"load {os.getloadavg()[1]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"{datetime.now(UTC):%d %B %Y}, {machine}, {load}; Agno {version}, SQLite"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        times = measure(Path(folder))
    how = f"`make bench`, {about()}; medians of {ROUNDS} rounds in turn."
    found = f"{how}\n\n{table(times)}"
    print("\n" + found)
    picture(times, ROOT / "docs" / "benchmarks.svg")
    readme = ROOT / "README.md"
    marked = re.compile(r"(<!-- bench -->\n).*?(\n<!-- /bench -->)", re.DOTALL)
    text, places = marked.subn(lambda m: m[1] + found + m[2], readme.read_text(encoding="utf-8"))
    assert places == 1, "README.md has no place for the table"
    readme.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
