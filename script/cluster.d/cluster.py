"""The cluster that docs/cluster.md describes, with the files that it shows: two hosts with nginx, three with the service,
three with PostgreSQL under Patroni and etcd."""

import json
import subprocess
import time
from pathlib import Path

from hosts import Host, Switch, environment

REPOSITORY = Path(__file__).parents[2]
FILES = REPOSITORY / "docs/cluster"
DATABASE_URL = environment((FILES / "identityd.env").read_text())["DATABASE_URL"]
PASSWORD = DATABASE_URL.split(":")[2].split("@")[0]
# As Patroni's and etcd's units in Debian have them.
PATRONI = ["/usr/bin/patroni", "/etc/patroni/config.yml"]
FIRST = "db1", "10.77.0.11"


def eventually(what, condition, seconds=90):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit(f"script/test-cluster: {what}: not within {seconds} s")
        time.sleep(0.2)


class Cluster:
    def __init__(self, folder, binary):
        self.folder, self.binary = folder, binary
        switch = Switch()
        self.databases = [Host(switch, folder, f"db{n}", f"10.77.0.1{n}") for n in (1, 2, 3)]
        self.services = [Host(switch, folder, f"service{n}", f"10.77.0.2{n}") for n in (1, 2, 3)]
        self.webs = [Host(switch, folder, f"web{n}", f"10.77.0.3{n}") for n in (1, 2)]
        self.client = Host(switch, folder, "client", "10.77.0.41")
        self.in_use = list(self.services)

    def build(self):
        for host in self.databases:
            self.boot_database(host)
        for host in self.databases:
            self.start_patroni(host)
        eventually("Patroni makes a cluster", lambda: self.is_replicated(), 180)
        self.migrate()
        secret, self.key_line = self.make_key()
        for host in self.services:
            self.start_service(host)
        for host in self.webs:
            self.start_nginx(host)
        self.client.boot()
        eventually("every service host answers", lambda: all(map(self.serves, self.services)))
        return secret

    # Databases

    def of_host(self, file, host):
        """The first host's file with another's name and address."""
        text = (FILES / file).read_text()
        lines = (line if "INITIAL_CLUSTER=" in line else line.replace(FIRST[0], host.name).replace(FIRST[1], host.address)
                 for line in text.splitlines(keepends=True))
        return environment("".join(lines))

    def boot_database(self, host):
        host.boot()
        host.own("/var/lib/etcd", "etcd")
        host.own("/var/lib/postgresql", "postgres")
        host.run("mount", "-t", "tmpfs", "-o", "mode=0777", "tmpfs", "/run/postgresql")
        host.write("/etc/patroni/config.yml", (FILES / "patroni.yml").read_text(), "postgres")
        self.start_etcd(host)

    def start_patroni(self, host):
        """Once etcd is whole: Patroni ends where it finds one that is not. (systemd would start it again.)"""
        version = f"curl --silent --max-time 1 http://{host.address}:2379/version || true"
        eventually("etcd is whole", lambda: '"etcdcluster":"3' in host.run("sh", "-c", version))
        host.start("patroni", *PATRONI, user="postgres", environment=self.of_host("db1.env", host))

    def start_etcd(self, host):
        host.start("etcd", "/usr/bin/etcd", user="etcd", environment=self.of_host("etcd.env", host))

    def leader(self):
        """The host whose Patroni says that it holds the lock."""
        return next((host for host in self.databases if self.patroni(host, "/primary")), None)

    @staticmethod
    def patroni(host, path):
        """What its REST API answers; None where that is no 200."""
        try:
            return host.run("curl", "--silent", "--fail", "--max-time", 1, f"http://{host.address}:8008{path}",
                            stderr=subprocess.DEVNULL)
        except subprocess.CalledProcessError:
            return None

    def start_database(self, host):
        self.boot_database(host)
        self.start_patroni(host)

    def members(self):
        """As the leader sees them."""
        leader = self.leader()
        return json.loads(self.patroni(leader, "/cluster") or "{}").get("members", []) if leader else []

    def standby(self):
        """The synchronous one."""
        names = [member["name"] for member in self.members() if member["role"] == "sync_standby"]
        return next(host for host in self.databases if host.name in names)

    def is_replicated(self):
        members = self.members()
        return (sorted(member["role"] for member in members) == ["leader", "replica", "sync_standby"]
                and all(member["state"] in ("running", "streaming") for member in members)
                and len({member.get("timeline") for member in members}) == 1
                and all(member.get("lag", 0) == 0 for member in members))

    def primary(self):
        eventually("there is a primary", self.leader)
        return self.leader()

    def psql(self, host, *arguments, database="identity", **options):
        return host.run("psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1",
                        f"--dbname={database}", *arguments, user="postgres", **options).strip()

    def patronictl(self, *arguments):
        return self.primary().run("patronictl", "-c", "/etc/patroni/config.yml", *arguments, user="postgres")

    def migrate(self):
        primary = self.primary()
        self.psql(primary, f"--command=CREATE ROLE identityd LOGIN PASSWORD '{PASSWORD}'",
                  "--command=CREATE TABLE probe (id integer PRIMARY KEY)", database="postgres")
        primary.run("createdb", "--encoding=UTF8", "--template=template0", "identity", user="postgres")
        self.identityd(primary, "migrate", "--grant-to", "identityd")

    def identityd(self, host, *arguments, database="postgres:///identity"):
        """As the schema's owner, on a database host."""
        return host.run("env", f"DATABASE_URL={database}", self.binary, *arguments, user="postgres",
                        stderr=subprocess.STDOUT)

    # Service hosts

    def make_key(self):
        said = subprocess.run([self.binary, "key", "new", "test", "--scope", "identify,read,admin"], check=True, text=True,
                              stdout=subprocess.PIPE).stdout
        return [line.split(":", 1)[1].strip() for line in said.splitlines()]

    def start_service(self, host):
        host.boot()
        host.write("/etc/identityd/identityd.env", (FILES / "identityd.env").read_text(), "nobody")
        host.write("/etc/identityd/keys", f"{self.key_line}\n", "nobody")
        self.start_instance(host)

    def start_instance(self, host):
        host.start("identityd", self.binary, "serve", "--env-file", "/etc/identityd/identityd.env", "--socket",
                   f"{host.address}:9000", user="nobody", environment={"CONNECTIONS": "8"})

    def is_whole(self):
        return self.is_replicated() and all(map(self.serves, self.in_use))

    def serves(self, host):
        """Its figures arrive by the port that nginx has for them: PostgreSQL's connections are there."""
        port = "902" + host.name[-1]
        try:
            figures = self.webs[0].run("curl", "--silent", "--fail", "--max-time", 2, f"http://127.0.0.1:{port}/metrics")
        except subprocess.CalledProcessError:
            return False
        # The last word of each line is the figure.
        values = {line.split("{")[0].split()[0]: float(line.split()[-1]) for line in figures.splitlines() if line[0] != "#"}
        return values["identityd_database_connections"] > 0

    # Hosts with nginx

    def start_nginx(self, host):
        host.boot()
        for part in (REPOSITORY / "nginx/parts").iterdir():
            host.write(f"/etc/nginx/identityd/{part.name}", part.read_text())
        host.write("/etc/nginx/nginx.conf", (REPOSITORY / "nginx/nginx.conf").read_text())
        host.run("find", "/etc/nginx/modules-enabled", "/etc/nginx/conf.d", "-mindepth", "1", "-delete")
        host.run("mount", "-t", "tmpfs", "tmpfs", "/run")
        self.configure_nginx(host)
        host.start("nginx", "/usr/sbin/nginx", "-g", "daemon off;")

    def configure_nginx(self, host):
        """identityd.conf with the upstreams of hosts.conf in place of its own; what is not in use is down."""
        text = (REPOSITORY / "nginx/identityd.conf").read_text()
        kept, is_left_out = [], False
        for line in text.splitlines(keepends=True):
            is_left_out = is_left_out or line.startswith("upstream ")
            if not is_left_out:
                kept.append(line)
            if line.startswith("}"):
                is_left_out = False
        hosts = (REPOSITORY / "nginx/hosts.conf").read_text()
        for service in self.services:
            if service not in self.in_use:
                hosts = hosts.replace(f"server {service.address}:9000 ", f"server {service.address}:9000 down ")
        host.write("/etc/nginx/conf.d/identityd.conf", "".join(kept))
        host.write("/etc/nginx/conf.d/hosts.conf", hosts)

    def reload_nginx(self):
        for host in self.webs:
            self.configure_nginx(host)
            host.signal("nginx", 1)  # SIGHUP
