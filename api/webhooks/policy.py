"""Where webhooks may go. Whoever may send documents may have this service send requests, so it must not send them
to what only this service can reach: its own machine, its own network, the cloud's metadata.

What can be told from the URL is refused when it is submitted. What a name stands for is only known, and only holds,
at the moment of a connection: `connection.py` asks `Policy.check_address` then.
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import NamedTuple, TypeVar

from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.settings import Settings
from ocr_pipeline.webhook_secret import webhook_secret

LONGEST_URL = 2000
_SHOWN = 200

Address = IPv4Address | IPv6Address
_T = TypeVar("_T")

_URL = re.compile(r"(?P<scheme>[a-z]+)://(?P<authority>[^/?]*)(?P<path>[^?]*)(?P<query>.*)", re.IGNORECASE)
_CHARACTERS = re.compile(r"[0-9A-Za-z._~:/?\[\]@!$&'()*+,;=%-]+")
_AUTHORITY = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z._-]+)(:(?P<port>[0-9]{1,5}))?")
_NAME = re.compile(r"(?=.{1,253}\Z)((?!-)[0-9a-z_-]{1,63}(?<!-)\.)*(?!-)[0-9a-z_-]{1,63}(?<!-)")
_NUMBER = re.compile(r"([0-9]+|0x[0-9a-f]*)")
_DEFAULT_PORTS = {"https": 443, "http": 80}

_GLOBAL_IPV6 = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
_AZURE = IPv4Address("168.63.129.16")
"""The platform of Azure's machines; it is the one such service at a public address."""


class WebhookRefusedError(Exception):
    """Its text ends the sentence "The webhook is not allowed: ..."."""


class Target(NamedTuple):
    """What a URL says, in the parts that a connection is made from: no second parser may read it otherwise."""

    scheme: str
    host: str
    """In lower case, an IPv6 address without brackets."""
    port: int
    path: str
    """With the query."""

    @property
    def authority(self) -> str:
        """Host and port, as the header `Host` has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def address(self) -> Address | None:
        """The host, where it is an address and no name."""
        try:
            return ip_address(self.host)
        except ValueError:
            return None


def check_webhook(url: str, settings: Settings) -> None:
    """Raises PipelineError(WEBHOOK_REFUSED) for what a look at the URL tells; resolves no name."""
    if webhook_secret(settings) is None:
        raise _refused(url, "the service has no OCR_WEBHOOK_SECRET to sign it with")
    policy = get_policy(settings)
    try:
        target = policy.read(url)
        if target.address is not None:
            policy.check_address(target, target.address)
    except WebhookRefusedError as error:
        raise _refused(url, str(error)) from error


def get_policy(settings: Settings) -> "Policy":
    """What the settings allow. Raises PipelineError(INVALID_SETTING)."""
    return _policy(settings.webhook_ports, settings.webhook_networks)


class Policy:
    """https to `ports` of the internet; any port, and http too, within `networks`."""

    def __init__(self, ports: frozenset[int], networks: tuple[IPv4Network | IPv6Network, ...]) -> None:
        self._ports = ports
        self._networks = networks

    def read(self, url: str) -> Target:
        """The URL's parts. Raises WebhookRefusedError for one that no address could make right."""
        target = _parts(url)
        if not self._networks:
            self._check_internet(target)
            if target.address is None and "." not in target.host:
                raise WebhookRefusedError(f"{target.host} is no name of the internet")
        return target

    def check_address(self, target: Target, address: Address) -> None:
        """Raises WebhookRefusedError where the target may not be reached at this address."""
        inner = _embedded(address) or address
        if any(inner in network or address in network for network in self._networks):
            return
        if not _is_public(inner):
            raise WebhookRefusedError(f"{address} is no address of the internet")
        self._check_internet(target)

    def _check_internet(self, target: Target) -> None:
        if target.scheme != "https":
            raise WebhookRefusedError("it must begin with https://")
        if target.port not in self._ports:
            allowed = ", ".join(str(port) for port in sorted(self._ports))
            raise WebhookRefusedError(f"its port is {target.port}; allowed are {allowed}")


def _refused(url: str, detail: str) -> PipelineError:
    shown = url if len(url) <= _SHOWN else f"{url[:_SHOWN]}..."
    return PipelineError(ErrorCode.WEBHOOK_REFUSED, url=shown, detail=detail)


def _parts(url: str) -> Target:
    if len(url) > LONGEST_URL:
        raise WebhookRefusedError(f"it has {len(url)} characters; the limit is {LONGEST_URL}")
    if "#" in url:
        raise WebhookRefusedError("it has a fragment (#)")
    if not _CHARACTERS.fullmatch(url):
        raise WebhookRefusedError("it has characters that a URL must write as %XX, or a host that is not in ASCII")
    if (parts := _URL.fullmatch(url)) is None or (scheme := parts["scheme"].lower()) not in _DEFAULT_PORTS:
        raise WebhookRefusedError("it must begin with https://")
    if "@" in parts["authority"]:
        raise WebhookRefusedError("it has a user name or password")
    if (authority := _AUTHORITY.fullmatch(parts["authority"])) is None:
        raise WebhookRefusedError("it has no host, or a wrong port")
    port = int(authority["port"] or _DEFAULT_PORTS[scheme])
    if not 0 < port < 2**16:
        raise WebhookRefusedError("it has a wrong port")
    return Target(scheme, _host(authority["host"].lower()), port, (parts["path"] or "/") + parts["query"])


def _host(written: str) -> str:
    """The host as names and addresses are usually written; other ways to write an address only serve to hide it."""
    host = written.strip("[]")
    try:
        address = ip_address(host)
    except ValueError:
        if written.startswith("[") or not _NAME.fullmatch(host) or _NUMBER.fullmatch(host.rpartition(".")[2]):
            raise WebhookRefusedError(f"{written} is neither a host's name nor an address in its usual form") from None
        return host
    if _embedded(address) is not None or (address.version == 6) != written.startswith("["):
        raise WebhookRefusedError(f"{written} is no address in its usual form")
    return str(address)


def _embedded(address: Address) -> IPv4Address | None:
    """The IPv4 address that this one leads to, where it is one of the ways to write that in IPv6."""
    if isinstance(address, IPv4Address):
        return None
    if address in _NAT64:
        return IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address.sixtofour


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv6Address):
        return address.is_global and address in _GLOBAL_IPV6
    return address.is_global and not address.is_multicast and address != _AZURE


@lru_cache(maxsize=8)
def _policy(ports: str, networks: str) -> Policy:
    return Policy(
        frozenset(_setting("OCR_WEBHOOK_PORTS", ports, _port)),
        tuple(_setting("OCR_WEBHOOK_NETWORKS", networks, ip_network)),
    )


def _setting(name: str, value: str, read: Callable[[str], _T]) -> Iterator[_T]:
    for part in filter(None, (part.strip() for part in value.split(","))):
        try:
            yield read(part)
        except ValueError as error:
            raise PipelineError(ErrorCode.INVALID_SETTING, name=name, detail=str(error)) from error


def _port(text: str) -> int:
    port = int(text)
    if not 0 < port < 2**16:
        raise ValueError(f"{text} is no port")
    return port
