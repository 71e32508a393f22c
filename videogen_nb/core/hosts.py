"""Hosts as URLs and command lines spell them, and whether they are this machine; nothing is resolved.

One answer for all who ask: a key may leave over plain http, a proxy is passed by, and a server runs without a key
exactly where no other machine is involved. The gateway uses this module too, so it imports nothing of the package.
"""

from __future__ import annotations

import ipaddress
import socket

__all__ = ["ip_of", "is_loopback", "is_unspecified"]


def ip_of(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The IP address that a host spells, in any form that resolvers read; None for a name.

    An IPv6 address that carries an IPv4 address comes as that, since that is where it leads.

    >>> ip_of("0x7f000001"), ip_of("::ffff:127.0.0.1"), ip_of("localhost")
    (IPv4Address('127.0.0.1'), IPv4Address('127.0.0.1'), None)
    """
    host = host.partition("%")[0]  # the zone of a link-local address
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        # Resolvers also read one number, and octal and hexadecimal parts.
        try:
            return ipaddress.IPv4Address(socket.inet_aton(host)) if host[:1].isdigit() else None
        except (OSError, ValueError):
            return None
    return address.ipv4_mapped or address if isinstance(address, ipaddress.IPv6Address) else address


def is_loopback(host: str) -> bool:
    """Whether a host is this machine's loopback interface, which no other machine can reach.

    ``localhost`` and all names under it are, by RFC 6761. An unspecified address such as ``0.0.0.0`` is not: a
    server that binds it listens on all interfaces.

    >>> is_loopback("127.0.0.1"), is_loopback("app.localhost"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    name = host.lower().rstrip(".")
    address = ip_of(name)
    return address.is_loopback if address else name == "localhost" or name.endswith(".localhost")


def is_unspecified(host: str) -> bool:
    """Whether a host is an address such as ``0.0.0.0`` or ``::``, which names no machine.

    >>> is_unspecified("0.0.0.0"), is_unspecified("127.0.0.1")
    (True, False)
    """
    address = ip_of(host)
    return address is not None and address.is_unspecified
