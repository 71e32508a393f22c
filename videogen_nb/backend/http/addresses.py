"""Addresses that no gateway has reason to send anyone to: where cloud machines hand out their own credentials."""

from __future__ import annotations

import ipaddress
import socket

__all__ = ["forbidden"]

# Link-local addresses are refused whole; these are the clouds' others, and names for them.
_METADATA = {"100.100.100.200", "192.0.0.192", "168.63.129.16", "fd00:ec2::254", "fd20:ce::254"}
_NAMES = {"metadata", "metadata.goog", "metadata.google.internal", "instance-data", "instance-data.ec2.internal"}


def forbidden(host: str | None) -> bool:
    """Whether `host`, a name or an address in any spelling, is such a place.

    >>> forbidden("169.254.169.254"), forbidden("0xA9FEA9FE"), forbidden("storage.example")
    (True, True, False)
    """
    if not host:
        return False
    name = host.lower().rstrip(".")
    address = _address(name.partition("%")[0])
    if address is None:
        return name in _NAMES
    if isinstance(address, ipaddress.IPv6Address):
        address = address.ipv4_mapped or address.sixtofour or address
    return address.is_link_local or str(address) in _METADATA


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        pass
    if not name[:1].isdigit():
        return None
    try:  # one number, octal, hexadecimal: resolvers read all of these
        return ipaddress.IPv4Address(socket.inet_aton(name))
    except (OSError, ValueError):
        return None
