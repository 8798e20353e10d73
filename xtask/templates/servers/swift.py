"""Swift's proxy, account, container and object server as children of this process.

The programs of the package read their constraints and storage policies from /etc when they are imported, so this
one imports Swift itself, with its own folder in the place of /etc, and forks each server: that starts in a quarter
of the time, too.
"""

import ctypes
import os
import signal
import sys
import warnings

warnings.simplefilter("ignore")

import eventlet.green.socket  # noqa: E402, F401

ETC = "@home@/etc"
LOG = "@log@"
NODES = {"account": @port+1@, "container": @port+2@, "object": @port+3@}

from swift.common import utils  # noqa: E402

utils.SWIFT_CONF_FILE = ETC + "/swift.conf"

import swift.account.server  # noqa: E402, F401
import swift.common.middleware.s3api.s3api  # noqa: E402, F401
import swift.container.server  # noqa: E402, F401
import swift.obj.server  # noqa: E402
import swift.proxy.server  # noqa: E402, F401
from swift.common.ring import RingBuilder  # noqa: E402
from swift.common.wsgi import run_wsgi  # noqa: E402


def configure(name, port):
    """Writes the ring of a kind of node, which has one device, and the configuration of its server."""
    device = {"id": 0, "region": 1, "zone": 1, "device": "d1", "weight": 1.0, "meta": ""}
    device |= {"ip": "127.0.0.1", "port": port, "replication_ip": "127.0.0.1", "replication_port": port}
    ring = RingBuilder(part_power=4, replicas=1, min_part_hours=0)
    ring.add_dev(device)
    ring.rebalance()
    ring.get_ring().save(f"{ETC}/{name}.ring.gz")
    with open(ETC + "/nodes.conf") as template, open(f"{ETC}/{name}-server.conf", "w") as out:
        out.write(template.read().replace("[DEFAULT]", f"[DEFAULT]\nbind_port = {port}", 1))
        out.write(f"\n[pipeline:main]\npipeline = {name}-server\n")
        out.write(f"\n[app:{name}-server]\nuse = egg:swift#{name}\n")


def serve(name):
    """Becomes a server with a log of its own."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    if sys.platform == "linux":
        # It will leave the group of processes, and still ends with its parent (PR_SET_PDEATHSIG).
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    log = os.open(f"{LOG}/{name}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    more = {"global_conf_callback": swift.obj.server.global_conf_callback} if name == "object" else {}
    run_wsgi(f"{ETC}/{name}-server.conf", name + "-server", verbose=True, **more)


def end(*_):
    for pid in children:
        try:
            os.kill(pid, signal.SIGTERM)
        except ProcessLookupError:
            pass
    sys.exit(0)


children = {}
for name, port in NODES.items():
    configure(name, port)
for name in [*NODES, "proxy"]:
    pid = os.fork()
    if pid == 0:
        try:
            serve(name)
        finally:
            os._exit(1)
    children[pid] = name
signal.signal(signal.SIGTERM, end)
signal.signal(signal.SIGINT, end)
pid, status = os.wait()
print(f"the {children.pop(pid)} server ended with {status}", file=sys.stderr, flush=True)
end()
