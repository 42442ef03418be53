"""How long `import memkit` takes beside what it stands on, in pairs of fresh processes.

    python benchmarks/imports.py [pairs]

Prints the median seconds of `import openai, sqlalchemy` and of `import memkit`, and their ratio.
`python -X importtime -c "import memkit"` shows which module takes how long.
"""

import statistics
import subprocess
import sys
import time

STATEMENTS = ("import openai, sqlalchemy", "import memkit")


def seconds(statement):
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True)
    return time.perf_counter() - start


def main(pairs):
    for statement in STATEMENTS:
        seconds(statement)  # the files are read from the disk once
    runs = [tuple(map(seconds, STATEMENTS)) for _ in range(pairs)]
    for statement, taken in zip(STATEMENTS, zip(*runs, strict=True), strict=True):
        print(f"{statement:<28}{statistics.median(taken):6.2f} s")
    ratio = statistics.median(after / before for before, after in runs)
    print(f"{'median ratio of the pairs':<28}{ratio:6.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
