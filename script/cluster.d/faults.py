"""What is done to the cluster. Each is a function of the cluster that strikes, yields while the load goes on, and mends."""

import json
import signal
import sys
import time
from pathlib import Path

FOLDER = Path(__file__).parent


def service_host_dies(cluster):
    host = cluster.services[0]
    host.die()
    yield
    cluster.start_service(host)


def service_host_is_cut_off(cluster):
    host = cluster.services[1]
    host.switch.cut(host)
    yield
    host.switch.mend(host)


def service_host_is_slow(cluster):
    """Behind a relay that takes 200 ms each way. nginx begins anew, so that it has no connections from before."""
    target = cluster.services[2].address
    for host in cluster.webs:
        host.start("relay", sys.executable, FOLDER / "relay.py", 9009, target, 9000, 200)
        host.nft(f"""table inet fault {{
            chain output {{
                type nat hook output priority -100
                meta skuid www-data ip daddr {target} tcp dport 9000 redirect to :9009
            }}
        }}""")
    cluster.reload_nginx()
    yield
    # What is under way by the relay is lost with it: so the host is drained before.
    host = cluster.in_use.pop()
    cluster.reload_nginx()
    time.sleep(3)
    for web in cluster.webs:
        web.without_fault()
        web.stop("relay")
    cluster.in_use.append(host)
    cluster.reload_nginx()


def service_host_loses_packets(cluster):
    """One in twenty of those that are sent to it, by nginx and by PostgreSQL."""
    host = cluster.services[0]
    host.nft("""table inet fault {
        chain input { type filter hook input priority 0; iifname eth0 numgen random mod 100 < 5 drop; }
    }""")
    yield
    host.without_fault()


def service_host_is_drained(cluster):
    """No new requests; then its instance ends. The next adds it again."""
    host = cluster.in_use.pop()
    cluster.reload_nginx()
    time.sleep(2)
    host.stop("identityd", signal.SIGTERM)
    yield


def service_host_is_added(cluster):
    host = cluster.services[2]
    cluster.start_instance(host)
    cluster.in_use.append(host)
    cluster.reload_nginx()
    yield


def instances_and_schema_are_upgraded(cluster):
    """As docs/cluster.md says: host by host, and then identityd migrate on the primary."""
    for host in cluster.services:
        host.stop("identityd", signal.SIGTERM)
        cluster.start_instance(host)
        time.sleep(3)
    cluster.identityd(cluster.primary(), "migrate", "--grant-to", "identityd")
    yield


def primary_dies(cluster):
    host = cluster.primary()
    host.die()
    yield
    cluster.start_database(host)


def primary_is_cut_off_from_etcd(cluster):
    """Of the three members, its own is the only one it reaches. Its clients still reach it, and one writes all the time."""
    host = cluster.primary()
    written = host.folder / "written"
    written.touch()
    written.chmod(0o666)
    host.start("writer", "bash", "-c", f"""for ((id = 1; ; id++)); do
        psql --no-psqlrc --quiet --command="INSERT INTO probe VALUES ($id)" postgres && echo $id >>{written}
        sleep 0.1
    done""", user="postgres")
    ports = "{ 2379, 2380 }"
    host.nft(f"""table inet fault {{
        chain input {{
            type filter hook input priority 0
            iifname eth0 tcp dport {ports} drop
            iifname eth0 tcp sport {ports} drop
        }}
        chain output {{
            type filter hook output priority 0
            oifname eth0 tcp dport {ports} drop
            oifname eth0 tcp sport {ports} drop
        }}
    }}""")
    yield
    count = len(written.read_text().split())
    time.sleep(1)
    problems = []
    if len(written.read_text().split()) > count:
        problems.append("the old primary still takes writes")
    new = cluster.primary()
    if new is host:
        problems.append("the primary is still the same")
    host.stop("writer", signal.SIGKILL)
    host.without_fault()
    time.sleep(3)
    if cluster.primary() is not new:
        problems.append("the old primary took its part back when it reached etcd again")
        new = cluster.primary()
    rows = set(cluster.psql(new, "--command=DELETE FROM probe RETURNING id", database="postgres").split())
    answered = set(written.read_text().split())
    written.unlink()
    if answered - rows:
        problems.append(f"{len(answered - rows)} rows that the old primary confirmed are missing on the new one")
    return problems


def synchronous_standby_dies(cluster):
    host = cluster.standby()
    host.die()
    yield
    cluster.start_database(host)


def patroni_switches_over(cluster):
    before = cluster.primary()
    cluster.patronictl("switchover", "--force")
    yield
    if cluster.primary() is before:
        return ["the primary is still the same"]


def etcd_leader_dies(cluster):
    endpoints = ",".join(f"{host.address}:2379" for host in cluster.databases)
    said = cluster.databases[0].run("env", "ETCDCTL_API=3", "etcdctl", f"--endpoints={endpoints}", "endpoint", "status",
                                    "--write-out=json")
    leader = next(member["Endpoint"] for member in json.loads(said)
                  if member["Status"]["leader"] == member["Status"]["header"]["member_id"])
    host = next(host for host in cluster.databases if leader.startswith(host.address))
    host.stop("etcd", signal.SIGKILL)
    yield
    cluster.start_etcd(host)


def nginx_reloads(cluster):
    for _ in range(5):
        cluster.reload_nginx()
        time.sleep(1)
    yield


def first_nginx_dies(cluster):
    host = cluster.webs[0]
    host.die()
    yield
    cluster.start_nginx(host)


ALL = [
    service_host_dies, service_host_is_cut_off, service_host_is_slow, service_host_loses_packets, service_host_is_drained,
    service_host_is_added, instances_and_schema_are_upgraded, primary_dies, primary_is_cut_off_from_etcd,
    synchronous_standby_dies, patroni_switches_over, etcd_leader_dies, nginx_reloads, first_nginx_dies,
]
