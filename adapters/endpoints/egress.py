"""Which addresses the service may call: judged at the moment of connecting, on the address itself."""

import socket
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
)

from aiohttp.connector import AddrInfoType

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_NAT64 = IPv6Network("64:ff9b::/96")


class EgressRefusedError(OSError):
    """An endpoint's name or number leads to an address that the service may not call."""


@dataclass(frozen=True, slots=True)
class Egress:
    """Public addresses may be called; our own machine, link and private networks only where they are named.

    So a registry entry, or whoever answers for its name, cannot turn the service against what stands
    beside it: a database, a control plane, the address where a cloud hands out credentials.
    """

    named: tuple[Network, ...] = ()

    def allows(self, address: Address) -> bool:
        real = _unwrapped(address)
        if any(real in network for network in self.named):
            return True
        return real.is_global and not real.is_multicast

    def open_socket(self, place: AddrInfoType) -> socket.socket:
        """Open a socket for a resolved address; raises EgressRefusedError.

        A check of the name, or of an earlier look-up, would let a second answer of the name server
        (DNS rebinding) lead elsewhere. This is the very address that is connected to next.
        """
        family, kind, protocol, _, where = place
        if not self.allows(ip_address(str(where[0]).partition("%")[0])):
            raise EgressRefusedError("the service may not call this address")
        return socket.socket(family=family, type=kind, proto=protocol)


def _unwrapped(address: Address) -> Address:
    """Give the IPv4 address that an IPv6 one stands for, so that a refused one has no second spelling."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address
