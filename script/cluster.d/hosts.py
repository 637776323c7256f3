"""Hosts: each has its own network, processes and mounts, in Linux namespaces. Whatever runs there ends with it, and they end
with this process, however it does: the namespaces go with their last process."""

import os
import subprocess
import time
from pathlib import Path
from pwd import getpwnam

# Reaps what its children leave behind, as the first process must.
INIT = "while :; do sleep 3600 & wait; done"


class Namespaces:
    """A network of its own, with processes and mounts."""

    running = []

    @staticmethod
    def end_all():
        for one in reversed(Namespaces.running[:]):  # the switch last
            one.die()

    def boot(self):
        self._parent = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "unshare", "--net", "--pid", "--mount", "--uts", "--fork", "--kill-child=KILL",
             "--mount-proc", "bash", "-c", INIT], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        children = Path(f"/proc/{self._parent.pid}/task/{self._parent.pid}/children")
        while not (found := children.read_text().split()):
            time.sleep(0.01)
        self.pid = int(found[0])
        # Not before it has left this process's network.
        while os.readlink(f"/proc/{self.pid}/ns/net") == os.readlink("/proc/self/ns/net"):
            time.sleep(0.01)
        Namespaces.running.append(self)
        self.run("ip", "link", "set", "lo", "up")

    def die(self):
        """As by a loss of power: nobody is told."""
        Namespaces.running.remove(self)
        os.kill(self.pid, 9)
        self._parent.wait()

    def within(self, *command, user=None):
        """The command line that runs this here."""
        enter = ["nsenter", "--target", str(self.pid), "--net", "--pid", "--mount", "--uts", "--"]
        identity = ["setpriv", f"--reuid={user}", f"--regid={getpwnam(user).pw_gid}", "--init-groups"] if user else []
        return enter + identity + [str(word) for word in command]

    def run(self, *command, user=None, **options):
        return subprocess.run(self.within(*command, user=user), check=True, stdout=subprocess.PIPE, text=True,
                              **options).stdout


class Switch(Namespaces):
    """What the hosts are plugged into."""

    def __init__(self):
        self.boot()
        self.run("ip", "link", "add", "switch", "type", "bridge")
        self.run("ip", "link", "set", "switch", "up")

    def within(self, *command, user=None):
        """In its network alone: hosts' processes have no numbers among its own."""
        return ["nsenter", "--target", str(self.pid), "--net", "--", *map(str, command)]

    def plug(self, host):
        self.run("ip", "link", "add", host.name, "type", "veth", "peer", "name", "eth0", "netns", host.pid)
        self.run("ip", "link", "set", host.name, "master", "switch", "up")
        host.run("ip", "addr", "add", f"{host.address}/24", "dev", "eth0")
        host.run("ip", "link", "set", "eth0", "up")

    def unplug(self, host):
        """Its end goes with the host's network, sooner or later."""
        subprocess.run(self.within("ip", "link", "del", host.name), stderr=subprocess.DEVNULL)

    def cut(self, host):
        """What is sent to it or by it is lost."""
        self.run("ip", "link", "set", host.name, "down")

    def mend(self, host):
        self.run("ip", "link", "set", host.name, "up")


class Host(Namespaces):
    def __init__(self, switch, folder, name, address):
        self.name, self.address, self.switch = name, address, switch
        self.folder = folder / name
        self.folder.mkdir(mode=0o755)
        self.processes = {}

    def boot(self):
        super().boot()
        self.run("hostname", self.name)
        # What the host writes there is its own, and stays when it dies.
        for path in "etc", "var":
            layers = [self.folder / layer / path for layer in ("upper", "work")]
            for layer in layers:
                layer.mkdir(parents=True, exist_ok=True)
            self.run("mount", "-t", "overlay", "overlay", "-o", f"lowerdir=/{path},upperdir={layers[0]},workdir={layers[1]}",
                     f"/{path}")
        self.switch.plug(self)

    def die(self):
        self.switch.unplug(self)  # else its kernel says goodbye for its processes
        super().die()
        for process in self.processes.values():
            process.wait()
        self.processes = {}

    def write(self, path, text, owner="root"):
        """A file of this host's own."""
        self.run("install", "-D", f"--owner={owner}", "--mode=0640", "/dev/stdin", path, input=text)

    def own(self, path, user):
        """A directory, in which this user may write."""
        self.run("install", "--directory", f"--owner={user}", path)

    def start(self, name, *command, user=None, environment={}):
        with open(self.folder / f"{name}.log", "ab") as log:
            self.processes[name] = subprocess.Popen(
                self.within(*command, user=user), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8"} | environment)

    def signal(self, name, signal):
        """nsenter waits for the process, which is its child."""
        parent = self.processes[name].pid
        for child in Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
            os.kill(int(child), signal)

    def stop(self, name, signal=15):
        self.signal(name, signal)
        self.processes.pop(name).wait()

    def nft(self, rules):
        self.run("nft", "-f", "-", input=rules)

    def without_fault(self):
        self.nft("table inet fault\ndelete table inet fault\n")


def environment(text):
    """As systemd's EnvironmentFile= and a shell read it."""
    lines = (line.strip() for line in text.splitlines())
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
