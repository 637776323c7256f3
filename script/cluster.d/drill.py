"""Backup and restore, as docs/cluster.md says: a copy of the files that is tried out on another host, and a dump that takes
the place of the database."""

import json
import subprocess

from cluster import eventually
from hosts import Host


class Drill:
    def __init__(self, cluster, key):
        self.cluster, self.key = cluster, key
        self.problems = []

    def expect(self, what, holds):
        print(f"  {'holds' if holds else 'DOES NOT HOLD'}: {what}", flush=True)
        if not holds:
            self.problems.append(what)

    def ask(self, path, body=None):
        """Status and body, by the first host with nginx."""
        data = ["--data", json.dumps(body)] if body else []
        said = self.cluster.client.run(
            "curl", "--silent", "--max-time", 10, "--write-out", "\\n%{http_code}", "--header", "Host: identity.example.com",
            "--header", f"Authorization: Bearer {self.key}", "--header", "Content-Type: application/json", *data,
            f"http://{self.cluster.webs[0].address}{path}")
        answer, status = said.rsplit("\n", 1)
        return int(status), json.loads(answer)

    def identify(self, email, phone):
        return self.ask("/identify", {"email": email, "phoneNumber": phone})[1]["contact"]["primaryContactId"]

    def merge(self, name, number):
        """Two customers who turn out to be one."""
        for half in 1, 2:
            self.identify(f"{name}{half}@drill.example", f"1777{number}{half}")
        return self.identify(f"{name}1@drill.example", f"1777{number}2")

    def cursor(self, after=None):
        """Behind all changes, or the status where the feed goes on from no such place."""
        while True:
            status, page = self.ask("/changes" + (f"?after={after}" if after else ""))
            if status != 200:
                return status
            if not page["changes"]:
                return page["next"]
            after = page["next"]

    def run(self):
        self.back_up()
        self.go_on()
        self.try_copy()
        self.restore_dump()
        return self.problems

    def back_up(self):
        self.erased = self.merge("gone", "100001")
        self.kept = self.merge("kept", "100002")
        self.early = self.cursor()
        primary = self.cluster.primary()
        primary.own("/var/lib/postgresql/backup", "postgres")
        primary.run("pg_basebackup", "--pgdata=/var/lib/postgresql/backup/files", "--checkpoint=fast", user="postgres")
        primary.run("pg_dump", "--format=custom", "--file=/var/lib/postgresql/backup/dump", "identity", user="postgres")
        self.backup = primary.folder / "upper/var/lib/postgresql/backup"

    def go_on(self):
        """What happens after the backup: a customer is erased, and others come."""
        status, answer = self.ask("/erase", {"contactId": self.erased})
        self.expect("a customer is erased after the backup", status == 200)
        self.ledger = answer["erasedContactIds"]
        self.merge("late", "100003")
        self.late = self.cursor()

    def try_copy(self):
        """On a host of its own, that nothing else reaches."""
        host = Host(self.cluster.client.switch, self.cluster.folder, "drill", "10.77.0.51")
        host.boot()
        host.run("mount", "-t", "tmpfs", "-o", "mode=0777", "tmpfs", "/run/postgresql")
        host.own("/var/lib/postgresql/15", "postgres")
        data = "/var/lib/postgresql/15/identity"
        host.run("cp", "--archive", self.backup / "files", data)
        host.run("rm", "--force", f"{data}/standby.signal")
        host.run("/usr/lib/postgresql/15/bin/pg_ctl", "start", "--silent", "--wait", f"--pgdata={data}", f"--log={data}/log",
                 "--options=-c listen_addresses='' -c synchronous_standby_names=''", user="postgres", stdin=subprocess.DEVNULL)
        said = self.cluster.identityd(host, "migrate")
        self.expect("the copy of the files needs no migration", "at this version already" in said)
        said = self.cluster.identityd(host, "verify")
        self.expect("identityd verify finds nothing in it", "all is well" in said)
        erased = self.cluster.psql(host, f"--command=SELECT count(*) FROM contact WHERE id = {self.erased} AND email IS NOT NULL")
        self.expect("it still has the customer who was erased later", erased == "1")
        host.die()

    def restore_dump(self):
        cluster = self.cluster
        for host in cluster.services:
            host.stop("identityd")
        primary = cluster.primary()
        primary.run("dropdb", "--force", "identity", user="postgres")
        primary.run("createdb", "--encoding=UTF8", "--template=template0", "identity", user="postgres")
        dump = primary.folder / "upper/var/lib/postgresql/backup/dump"
        primary.run("pg_restore", "--exit-on-error", "--dbname=identity", dump, user="postgres")
        cluster.identityd(primary, "migrate", "--grant-to", "identityd")
        said = cluster.identityd(primary, "verify")
        self.expect("identityd verify finds nothing in the restored dump", "all is well" in said)
        for host in cluster.services:
            cluster.start_instance(host)
        eventually("the restored database is served", lambda: all(map(cluster.serves, cluster.services)))

        self.expect("a cursor from after the backup is 410", self.cursor(self.late) == 410)
        self.expect("one from before goes on", isinstance(self.cursor(self.early), str))
        self.expect("who was erased is back", self.ask(f"/contacts/{self.erased}")[0] == 200)
        statuses = {self.ask("/erase", {"contactId": number})[0] for number in self.ledger}
        self.expect("and is erased again by the ids that were kept", statuses <= {200, 410})
        self.expect("and is gone", {self.ask(f"/contacts/{number}")[0] for number in self.ledger} == {410})
        self.expect("the others are there", self.ask(f"/contacts/{self.kept}")[0] == 200)
        first = self.merge("after", "100004")
        self.expect("new customers come", self.ask(f"/contacts/{first}")[0] == 200)
        self.expect("identityd verify finds nothing", "all is well" in cluster.identityd(primary, "verify"))
