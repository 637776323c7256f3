"""The tables: what was to be reached, what each load came to, and what the contacts take."""

from statistics import median


class Runs:
    """The runs of all rounds, by what was asked, the load, and the connections."""

    def __init__(self, rows):
        self.rounds = {}
        for row in rows:
            self.rounds.setdefault((row["server"], row["load"], row["connections"]), []).append(row)

    def over(self, key, figure, combine=median):
        """All rounds; `None` where there is none."""
        rows = self.rounds.get(key)
        return combine(figure(row) for row in rows) if rows else None

    def ratio(self, figure, one, other):
        """The median of the rounds' ratios: a machine that slows down slows both."""
        pairs = list(zip(self.rounds.get(one, []), self.rounds.get(other, [])))
        return median(figure(row) / figure(beside) for row, beside in pairs) if pairs else None


def targets(figures):
    """Each metric: what was measured (`None` if it was not), and what it should be."""
    runs = Runs(figures["runs"])
    known, hot, empty = ("main", "known", 16), ("main", "hot", 32), ("empty", "new", 32)

    def of_pgbench(load, connections, limit):
        return runs.ratio(_rate, ("main", load, connections), ("pgbench", limit, connections))

    def cpu_of_pgbench(connections):
        return runs.ratio(_own_cpu, ("main", "known", connections), ("pgbench", "known", connections))

    def of_one_contact(load):
        return runs.ratio(_p50, ("main", load, 16), ("main", "cluster-1", 16))

    def retries(load):
        return runs.over(("main", load, 16), _retries_per_hundred)

    log = runs.over(known, _service_cpu), runs.over(("quiet", *known[1:]), _service_cpu)
    rows = [
        ("CPU of the service for a known request ÷ the baseline's",
         runs.ratio(_service_cpu, known, ("baseline", *known[1:])), "≤", 0.5),
        ("all CPU of a known request ÷ pgbench's READ, 16 connections", cpu_of_pgbench(16), "≤", 1.4),
        ("all CPU of a known request ÷ pgbench's READ, 64 connections", cpu_of_pgbench(64), "≤", 0.6),
        ("known ÷ pgbench's known, 16 connections", of_pgbench("known", 16, "known"), "≥", 0.55),
        ("known ÷ pgbench's known, 64 connections", of_pgbench("known", 64, "known"), "≥", 1),
        ("new ÷ pgbench's new, 16 connections", of_pgbench("new", 16, "new"), "≥", 0.8),
        ("new ÷ pgbench's new, 64 connections", of_pgbench("new", 64, "new"), "≥", 1.2),
        ("mix 90/5/4/1 ÷ pgbench's known, 16 connections", of_pgbench("mix-90-5-4-1", 16, "known"), "≥", 0.4),
        ("CPU of the log line, µs", log[0] - log[1] if None not in log else None, "≤", 2),
        ("known beside 1,000 followers ÷ without", runs.ratio(_rate, ("followed", *known[1:]), known), "≥", 0.95),
        ("p99 ÷ p50, known, 16 connections", runs.over(known, lambda row: row["p99"] / row["p50"]), "≤", 3),
        ("merges of neighbours, 16 connections ÷ 1", runs.ratio(_rate, ("main", "merged", 16), ("main", "merged", 1)),
         "≥", 1.5),
        ("retries per 100 merges of neighbours", retries("merged"), "≤", 0.5),
        ("retries per 100 merges of others", retries("merged-apart"), "≤", 0.5),
        ("retries per 100 links", retries("linked"), "≤", 0.5),
        ("retries, new identities into an empty table, 32 connections", runs.over(empty, _retries, max), "≤", 0),
        ("retries per 100 requests, hot", runs.over(hot, _retries_per_hundred), "≤", 10),
        ("failed requests, hot", runs.over(hot, lambda row: row["errors"], max), "≤", 0),
        ("known in the large table ÷ in the small", runs.ratio(_rate, ("large", *known[1:]), ("small", *known[1:])),
         "≥", 0.8),
        ("p50 of a cluster of 1,000 ÷ of 1", of_one_contact("cluster-1000"), "≤", 40),
        ("p50 of a cluster of 100 ÷ of 1", of_one_contact("cluster-100"), "≤", 5),
        ("memory under load, MB", figures["peak_megabytes"], "≤", 40),
        ("start to first answer, ms", median(figures["milliseconds_to_first_answer"]), "≤", 100),
        ("share of an instance added under load within 2 s, %", 100 * median(figures["shares"]), "≥", 30),
    ]
    return [
        {"metric": metric, "measured": measured, "sign": sign, "target": target,
         "met": None if measured is None else measured >= target if sign == "≥" else measured <= target}
        for metric, measured, sign, target in rows]


def text(figures, targets):
    elsewhere = median(row["elsewhere"] for row in figures["runs"])
    return "\n\n".join([
        "{commit}; {cores} cores ({processor}), {gibibytes} GiB, Linux {linux}, PostgreSQL {postgresql}, {nginx}; "
        "{rounds} rounds of {seconds:g} s from {began}; {elsewhere:.0%} of the machine busy with something else".format(
            **figures, **figures["machine"], elsewhere=elsewhere),
        _targets_table(targets), _loads_table(Runs(figures["runs"])), _tables_table(figures["tables"])])


def _targets_table(targets):
    return _table(
        ["metric", "measured", "target", "met"],
        [[row["metric"], _short(row["measured"]), f"{row['sign']} {row['target']:g}",
          {True: "yes", False: "**no**", None: "not measured"}[row["met"]]] for row in targets])


def _loads_table(runs):
    rows = []
    for key in sorted(runs.rounds, key=lambda key: (key[1], key[2], key[0])):
        server, load, connections = key
        limit = "pgbench", load if load == "new" else "known", connections
        ratios = [runs.ratio(_rate, key, limit), runs.ratio(_cpu, limit, key)]
        rows.append([
            load, connections, server, f"{runs.over(key, _rate):,.0f}",
            *(_short(ratio) if load.startswith(("known", "new", "mix")) else "" for ratio in ratios),
            *(_short(runs.over(key, lambda row: row[name])) if server != "pgbench" else "" for name in ("p50", "p99")),
            *(_short(runs.over(key, lambda row: row["cpu"].get(part, 0)) or None)
              for part in ("client", "nginx", "service", "postgres")),
            _short(runs.over(key, _retries_per_hundred)) if server not in ("pgbench", "nginx", "quiet") else ""])
    return _table(
        ["load", "connections", "of", "requests/s", "÷ pgbench", "by CPU", "p50, ms", "p99, ms", "client, µs",
         "nginx, µs", "service, µs", "PostgreSQL, µs", "retries/100"], rows)


def _tables_table(tables):
    return _table(
        ["contacts", "relation", "bytes a contact", "levels"],
        [[f"{table['contacts']:,}", relation["name"], f"{relation['bytes'] / table['contacts']:.0f}",
          relation.get("levels", "")] for table in tables.values() for relation in table["relations"]])


def _table(head, rows):
    return "\n".join("| " + " | ".join(map(str, row)) + " |" for row in [head, ["---"] * len(head), *rows])


def _short(number):
    if number is None:
        return ""
    return f"{number:.0f}" if number >= 100 or number == 0 else f"{number:.1f}" if number >= 10 else f"{number:.2f}"


def _rate(row):
    return row["rate"]


def _p50(row):
    return row["p50"]


def _cpu(row):
    return sum(row["cpu"].values())


def _service_cpu(row):
    return row["cpu"]["service"]


def _own_cpu(row):
    """Of the service with all that it needs; of pgbench, which is its own client, all."""
    return sum(microseconds for part, microseconds in row["cpu"].items() if part != "client" or "nginx" not in row["cpu"])


def _retries(row):
    return sum(row["retries"].values())


def _retries_per_hundred(row):
    return 100 * _retries(row) / row["requests"]
