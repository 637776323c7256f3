"""The loads as bars, over what pgbench does with the same statements."""

from report import Runs
from statistics import median

ROW, LEFT, WIDTH = 18, 190, 520
BARS = [("known", 1), ("known", 16), ("known", 64), ("new", 1), ("new", 16), ("new", 64), ("linked", 16), ("merged", 16),
        ("mix-90-5-4-1", 16), ("mix-80-15-5", 16)]


def svg(figures):
    runs = Runs(figures["runs"])
    bars = []
    for load, connections in BARS:
        for server in ("pgbench", "main"):
            rate = runs.over((server, load, connections), lambda row: row["rate"])
            if rate:
                bars.append((load, connections, server, rate))
    scale = WIDTH / max((rate for *_, rate in bars), default=1)
    parts, y = [], 30
    for load, connections, server, rate in bars:
        limit = server == "pgbench"
        parts.append(
            f'<rect x="{LEFT}" y="{y}" width="{rate * scale:.1f}" height="{ROW - 5}" fill="{"#b8b8b8" if limit else "#e06c2c"}"/>'
            f'<text x="{LEFT - 8}" y="{y + 11}" text-anchor="end">{server if limit else "identityd"}: {load}, {connections}</text>'
            f'<text x="{LEFT + 5 + rate * scale:.1f}" y="{y + 11}">{rate:,.0f}</text>')
        y += ROW + (0 if limit else 6)
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + 70}" height="{y + 6}" font-family="sans-serif" '
        'font-size="11" fill="#333">', '<rect width="100%" height="100%" fill="#fff"/>',
        f'<text x="10" y="18">Requests a second: identityd through nginx, and the same statements in pgbench '
        f'({figures["machine"]["commit"]})</text>', *parts, "</svg>", ""])
