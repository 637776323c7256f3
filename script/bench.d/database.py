"""The databases: contacts of realistic clusters, numbered so that wrk, pgbench and SQL agree on who is in them."""

import hashlib
import os
import subprocess

# Identity n has this e-mail and this phone, in no order that an index could profit from. As in loads.lua.
FUNCTIONS = """
CREATE FUNCTION pg_temp.email(n bigint) RETURNS text LANGUAGE sql IMMUTABLE
    RETURN 'c' || n * 531441 % 1000000007 || '@hillvalley.example';
CREATE FUNCTION pg_temp.phone(n bigint) RETURNS text LANGUAGE sql IMMUTABLE
    RETURN 15000000000 + n * 279936 % 1000000007;"""

# Of each 5,000 clusters: 60 % of one contact, 25 % of two, 13 % of three, and a tail up to 1,000.
CONTACTS = """CASE WHEN c % 5000 = 4999 THEN 1000 WHEN c % 1000 < 600 THEN 1 WHEN c % 1000 < 850 THEN 2
                   WHEN c % 1000 < 980 THEN 3 WHEN c % 1000 < 995 THEN 5 WHEN c % 1000 < 999 THEN 10 ELSE 100 END"""
CONTACTS_OF_5000_CLUSTERS = 9425


def clusters(size):
    return size * 5000 // CONTACTS_OF_5000_CLUSTERS


def url(database):
    return f"host={os.environ['PGHOST']} port={os.environ['PGPORT']} user=postgres dbname={database}"


def sql(database, *commands):
    """What psql prints. Each command is a transaction of its own."""
    return subprocess.run(
        [f"{os.environ['POSTGRES_BIN']}/psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align",
         "--set=ON_ERROR_STOP=1", f"--dbname={database}", *(f"--command={command}" for command in commands)],
        check=True, text=True, stdout=subprocess.PIPE,
        env=os.environ | {"PGOPTIONS": "--client-min-messages=warning"}).stdout.strip()


def copy(template, database):
    sql("postgres", f"DROP DATABASE IF EXISTS {database} (FORCE)",
        f"CREATE DATABASE {database} TEMPLATE {template} STRATEGY file_copy")


def create(database, binary):
    """Without contacts, with the schema of this identityd."""
    copy("template0", database)
    subprocess.run([binary, "migrate"], check=True, stdout=subprocess.DEVNULL,
                   env=os.environ | {"DATABASE_URL": url(database)})


def kept(size, binary, say):
    """The name of a database with about that many contacts. It is kept for later runs: 10 million take minutes."""
    create("loading", binary)
    # Not to be mistaken for one of another version.
    version = hashlib.md5((sql("loading", SCHEMA) + FUNCTIONS + CONTACTS).encode()).hexdigest()[:8]
    name = f"contacts_{size}_{version}"
    if not sql("postgres", f"SELECT 1 FROM pg_database WHERE datname = '{name}'"):
        say(f"loading {size:,} contacts")
        _load("loading", size)
        sql("postgres", f"ALTER DATABASE loading RENAME TO {name}")
    return name


SCHEMA = """
SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' UNION
SELECT concat_ws(' ', table_name, column_name, data_type, column_default, generation_expression)
  FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1"""


def _load(database, size):
    """Primaries first, as the secondaries come later in life; the indexes last, which is much faster."""
    indexes = sql(database, """SELECT indexname, indexdef FROM pg_indexes
                                WHERE tablename = 'contact' AND indexname <> 'contact_pkey'""").splitlines()
    names, definitions = zip(*(index.split("|") for index in indexes))
    columns = "link_precedence, email, phone_number, phone_key, owns_email, owns_phone"
    count = clusters(size)
    sql(database, f"""
        {FUNCTIONS}
        SET synchronous_commit = off;
        SET maintenance_work_mem = '512MB';
        DROP INDEX {", ".join(names)};
        INSERT INTO contact (id, {columns})
        SELECT c + 1, 'primary', pg_temp.email(c), pg_temp.phone(c), pg_temp.phone(c), true, true
          FROM generate_series(0, {count}::bigint - 1) AS c;
        SELECT setval('contact_id_seq', {count});
        -- Every other one brings an e-mail, every other a phone.
        INSERT INTO contact (linked_id, {columns})
        SELECT c + 1, 'secondary', pg_temp.email(email), pg_temp.phone(phone), pg_temp.phone(phone),
               email <> c, phone <> c
          FROM (SELECT c, CASE WHEN n % 2 = 0 THEN n ELSE c END AS email, CASE WHEN n % 2 = 1 THEN n ELSE c END AS phone
                  FROM (SELECT c, {count} - 1 + row_number() OVER () AS n
                          FROM generate_series(0, {count}::bigint - 1) AS c, generate_series(2, {CONTACTS})) AS numbered
               ) AS secondary;
        {";".join(definitions)}""",
        "VACUUM ANALYZE contact", "CHECKPOINT")


def warm(database):
    """Has its contacts in PostgreSQL's memory, as far as they fit."""
    if _extension(database, "pg_prewarm"):
        sql(database,
            """SELECT pg_prewarm(relation) FROM (SELECT indexrelid FROM pg_index WHERE indrelid = 'contact'::regclass
                                                 UNION SELECT 'contact'::regclass) AS relations (relation)""")


def _extension(database, name):
    """Whether it could be had: not all wheels of PyPI bring those that come with PostgreSQL."""
    if not sql(database, f"SELECT 1 FROM pg_available_extensions WHERE name = '{name}'"):
        return False
    sql(database, f"CREATE EXTENSION IF NOT EXISTS {name}")
    return True


def add_primaries(database, first, count):
    """For loads that merge them."""
    sql(database, f"""
        {FUNCTIONS}
        INSERT INTO contact (link_precedence, email, phone_number, phone_key, owns_email, owns_phone)
        SELECT 'primary', pg_temp.email(n), pg_temp.phone(n), pg_temp.phone(n), true, true
          FROM generate_series({first}::bigint, {first + count - 1}) AS n
        ON CONFLICT DO NOTHING""")


def written(database):
    """How many ids were taken so far, by contacts and evidence, and by changes."""
    numbers = sql(database, *(f"SELECT coalesce(pg_sequence_last_value('{sequence}'), 0)"
                              for sequence in ("contact_id_seq", "change_id_seq")))
    return [int(number) for number in numbers.split()]


def growth(database):
    """The bytes of a contact in the table and in each index, and how deep the indexes are."""
    levels = "(bt_metap(relname::text)).level + 1" if _extension(database, "pageinspect") else "NULL"
    contacts = int(sql(database, "SELECT count(*) FROM contact"))
    heap = int(sql(database, "SELECT pg_table_size('contact')"))
    # A hash index has no levels.
    indexes = sql(database, f"""SELECT relname, pg_relation_size(index.oid), CASE amname WHEN 'btree' THEN {levels} END
                                  FROM pg_index JOIN pg_class AS index ON index.oid = indexrelid
                                  JOIN pg_am ON pg_am.oid = relam
                                 WHERE indrelid = 'contact'::regclass ORDER BY relname""")
    return {"contacts": contacts, "relations": [{"name": "contact", "bytes": heap}] + [
        {"name": name, "bytes": int(size)} | ({"levels": int(levels)} if levels else {})
        for name, size, levels in (line.split("|") for line in indexes.splitlines())]}
