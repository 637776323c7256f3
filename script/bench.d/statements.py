"""What the service has PostgreSQL execute, seen in PostgreSQL's log and made into scripts of pgbench."""

import re

import database
from instance import Instance

EMAIL, PHONE = "observed@hillvalley.example", "15557654321"
ENTRY = re.compile(r"^\S+ \S+ \S+ \[\d+\] (LOG|DETAIL):  (.*(?:\n\t.*)*)", re.MULTILINE)

# As in loads.lua. EMAIL and PHONE become what these make of n; a parameter of pgbench has no type of its own.
NUMBERS = """\\set i :i + 1
\\set n {number}
\\set e (:n * 531441) % 1000000007
\\set p 15000000000 + (:n * 279936) % 1000000007
"""
EXPRESSIONS = {EMAIL: "('c' || :e::text || '@hillvalley.example')", PHONE: ":p::text", None: "NULL::text"}


def observe(binary, scratch, log, socket):
    """The defaults that a session is given, and scripts of what is executed for `known` and for `new`."""
    database.sql("postgres", f"ALTER DATABASE {scratch} SET log_statement = 'all'",
                 f"ALTER DATABASE {scratch} SET log_error_verbosity = 'default'")
    with Instance(socket, binary, database.url(scratch), WORKERS="1") as instance:
        start = _logged(log, log.stat().st_size, lambda: instance.identify("first@hillvalley.example", None))
        new = _logged(log, log.stat().st_size, lambda: instance.identify(EMAIL, PHONE))
        known = _logged(log, log.stat().st_size, lambda: instance.identify(EMAIL, PHONE))
    database.sql("postgres", f"ALTER DATABASE {scratch} RESET ALL")
    defaults = dict(re.findall(r"SET (\w+) = '?([^;']+)'?;", start))
    return defaults, {
        "known": NUMBERS.format(number="random(0, :clusters - 1)") + _script(known),
        "new": NUMBERS.format(number=":first + :i * :clients + :client_id") + _script(new),
    }


def _logged(log, size, action):
    action()
    with open(log) as file:
        file.seek(size)
        return file.read()


def _script(logged):
    """What was executed, what stands in a transaction block as one pipeline."""
    lines = []
    for kind, text in ENTRY.findall(logged):
        text = text.replace("\n\t", "\n")
        if executed := re.match(r"execute \w+: (.*)", text, re.DOTALL):
            lines.append(executed[1] + ";")
        elif values := re.match(r"[Pp]arameters: (.*)", text):
            lines[-1] = _insert(dict(_values(values[1])), lines[-1])
    for i, line in enumerate(lines):
        if line.startswith("BEGIN"):
            lines[i] = "\\startpipeline\n" + line
        elif line.startswith("COMMIT"):
            lines[i] = line + "\n\\endpipeline"
    if not lines:
        raise SystemExit("PostgreSQL's log does not show what the service executes")
    return "\n".join(lines) + "\n"


def _values(text):
    for number, value in re.findall(r"\$(\d+) = (NULL|'[^']*')", text):
        yield number, None if value == "NULL" else value[1:-1]


def _insert(values, statement):
    def expression(parameter):
        value = values[parameter[1]]
        # A request's id is of no interest.
        return EXPRESSIONS.get(value) or f"'{value}'"

    return re.sub(r"\$(\d+)", expression, statement)
