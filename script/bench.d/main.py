"""script/bench: what can be chosen, and what comes of it."""

import argparse
import json
import os
import sys
from pathlib import Path

import plot
import report
from rounds import Bench


def options():
    parser = argparse.ArgumentParser(
        prog="script/bench", formatter_class=argparse.RawDescriptionHelpFormatter,
        description="""\
How fast identityd is, beside how fast the database allows: pgbench with the same statements, nginx by itself, and
FastCGI without the database, in turn and in one run. Prints tables; writes figures.json and figures.svg.""",
        epilog="""\
environment variables:
  STATE_DIR          keeps the tables, because loading them takes minutes; delete it to start over
                     (default: /var/lib/identityd-bench for root, else ~/.local/state/identityd-bench)
  BINARY             this identityd instead of one built here
  BASELINE           another identityd, to be measured beside it
and all others that identityd serve --help lists, such as WORKERS.""")
    parser.add_argument("--size", type=int, default=1_000_000, help="contacts in the table (default: 1000000)")
    parser.add_argument("--small", type=int, default=10_000, help="in a smaller one (default: 10000)")
    parser.add_argument("--large", type=int, default=10_000_000, help="in a larger one (default: 10000000)")
    parser.add_argument("--loads", metavar="LOAD,…", type=lambda text: text.split(","),
                        help="only these, such as known,new,hot")
    parser.add_argument("--rounds", type=int, default=3, help="figures are their medians (default: 3)")
    parser.add_argument("--seconds", type=float, default=2, help="of each load, in each round (default: 2)")
    parser.add_argument("--output", type=Path, default=Path(os.environ.get("STATE_DIR", ".")) / "figures",
                        help="where the files go (default: STATE_DIR/figures)")
    parser.add_argument("--smoke", action="store_true",
                        help="all of it, for moments, on 10,000 contacts; fails where a figure is missing")
    parser.add_argument("--check", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.smoke:
        chosen.size = chosen.small = chosen.large = 10_000
        chosen.rounds, chosen.seconds = 1, 0.1
    return chosen


def main():
    chosen = options()
    if chosen.check:
        return 0
    with Bench(chosen) as bench:
        figures = bench.figures()
    targets = report.targets(figures)
    print(report.text(figures, targets))
    chosen.output.mkdir(parents=True, exist_ok=True)
    (chosen.output / "figures.json").write_text(json.dumps(figures | {"targets": targets}, indent=1) + "\n")
    (chosen.output / "figures.svg").write_text(plot.svg(figures))

    problems = ["{errors} of {requests} requests failed: {server} {load} {connections}".format(**row)
                for row in figures["runs"] if row["errors"]]
    if chosen.smoke:
        problems += [f"not measured: {row['metric']}" for row in targets if row["measured"] is None]
    for problem in problems:
        print(f"script/bench: {problem}", file=sys.stderr)
    return 1 if problems else 0


sys.exit(main())
