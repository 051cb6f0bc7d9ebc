"""Hosts on one machine: network namespaces on a bridge, each with an address and a cable of its own."""

import os
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from pyroute2 import IPRoute, NetNS, netns
from pyroute2.netlink.exceptions import NetlinkError


@dataclass(frozen=True)
class Host:
    """A network namespace; what runs in it sees nothing but its cable."""

    name: str
    cable: str
    """The end that is on this machine."""

    def start(self, command: Sequence[str], environment: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
        with log.open("ab") as file:
            inside = ["nsenter", f"--net=/var/run/netns/{self.name}", *command]
            return subprocess.Popen(inside, env=dict(environment), stdout=file, stderr=file, cwd=log.parent)

    def cut_off(self) -> None:
        """Nobody is told: what is sent, from either side, is lost."""
        self._set("down")

    def reconnect(self) -> None:
        self._set("up")

    def _set(self, state: str) -> None:
        with IPRoute() as links:
            links.link("set", index=links.link_lookup(ifname=self.cable)[0], state=state)


@dataclass(frozen=True)
class Network:
    address: str
    """This machine's, as the hosts reach it."""
    hosts: list[Host]


@contextmanager
def network(hosts: int) -> Iterator[Network]:
    """Skips the test where this user, or this kernel, may not do so; leaves nothing behind."""
    if os.geteuid() != 0:
        pytest.skip("network namespaces take root's rights")
    mark = uuid4().hex[:6]
    subnet = _free_subnet()
    with ExitStack() as undo:
        links = undo.enter_context(IPRoute())
        try:
            bridge = _bridge(links, f"ocr{mark}", f"{subnet}.1", undo)
        except (NetlinkError, OSError) as error:
            pytest.skip(f"there are no bridges here: {error}")
        made = []
        for number in range(hosts):
            host = Host(f"ocr-{mark}-{number}", f"ocr{mark}h{number}")
            try:
                _plug_in(links, bridge, host, f"{subnet}.{number + 2}", undo)
            except (NetlinkError, OSError) as error:
                pytest.skip(f"there are no network namespaces here: {error}")
            made.append(host)
        yield Network(f"{subnet}.1", made)


def _free_subnet() -> str:
    """Three numbers of a private network that this machine has no way into."""
    for third in range(256):
        subnet = f"10.213.{third}"
        with IPRoute() as links:
            taken = {address.get_attr("IFA_ADDRESS") for address in links.get_addr(family=socket.AF_INET)}
        if not any(address.startswith(f"{subnet}.") for address in taken):
            return subnet
    pytest.skip("all of 10.213.0.0/16 is taken")


def _bridge(links: IPRoute, name: str, address: str, undo: ExitStack) -> int:
    links.link("add", ifname=name, kind="bridge")
    index: int = links.link_lookup(ifname=name)[0]
    undo.callback(links.link, "del", index=index)
    links.addr("add", index=index, address=address, prefixlen=24)
    links.link("set", index=index, state="up")
    return index


def _plug_in(links: IPRoute, bridge: int, host: Host, address: str, undo: ExitStack) -> None:
    netns.create(host.name)
    undo.callback(netns.remove, host.name)
    inner = host.cable.replace("h", "i")
    links.link("add", ifname=host.cable, kind="veth", peer={"ifname": inner, "net_ns_fd": host.name})
    cable = links.link_lookup(ifname=host.cable)[0]
    undo.callback(_remove, links, cable)
    links.link("set", index=cable, master=bridge, state="up")
    with NetNS(host.name) as inside:
        inside.link("set", index=inside.link_lookup(ifname="lo")[0], state="up")
        end = inside.link_lookup(ifname=inner)[0]
        inside.addr("add", index=end, address=address, prefixlen=24)
        inside.link("set", index=end, state="up")


def _remove(links: IPRoute, index: int) -> None:
    with suppress(NetlinkError):  # it goes with its other end, whose namespace may be gone
        links.link("del", index=index)
