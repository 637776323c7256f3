"""The loads as bars, beneath what pgbench does with the same statements."""

from report import Runs

ROW, LEFT, WIDTH = 18, 190, 520
COLORS = {"pgbench": "#b8b8b8", "main": "#e06c2c"}
LOADS = [("known", 1), ("known", 16), ("known", 64), ("new", 1), ("new", 16), ("new", 64), ("linked", 16),
         ("merged", 16), ("mix-90-5-4-1", 16), ("mix-80-15-5", 16)]


def svg(figures):
    runs = Runs(figures["runs"])
    rates = {(*load, server): runs.over((server, *load), lambda row: row["rate"])
             for load in LOADS for server in COLORS}
    rates = {bar: rate for bar, rate in rates.items() if rate}
    scale = WIDTH / max(rates.values(), default=1)
    parts, y = [], 30
    for (load, connections, server), rate in rates.items():
        name = "identityd" if server == "main" else server
        parts.append(
            f'<rect x="{LEFT}" y="{y}" width="{rate * scale:.1f}" height="{ROW - 5}" fill="{COLORS[server]}"/>'
            f'<text x="{LEFT - 8}" y="{y + 11}" text-anchor="end">{name}: {load}, {connections}</text>'
            f'<text x="{LEFT + 5 + rate * scale:.1f}" y="{y + 11}">{rate:,.0f}</text>')
        y += ROW + (6 if server == "main" else 0)
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + 70}" height="{y + 6}" '
        'font-family="sans-serif" font-size="11" fill="#333">', '<rect width="100%" height="100%" fill="#fff"/>',
        '<text x="10" y="18">Requests a second, by connections: identityd through nginx, and the same statements '
        f'in pgbench ({figures["machine"]["commit"]})</text>', *parts, "</svg>", ""])
