"""Cloud metadata addresses, which serve a machine's own credentials: no clip is downloaded from there."""

from __future__ import annotations

import ipaddress

from videogen_nb.core.hosts import ip_of

__all__ = ["forbidden"]

# All link-local addresses are refused; these are the metadata services at other addresses, and their names.
_METADATA = {"100.100.100.200", "192.0.0.192", "168.63.129.16", "fd00:ec2::254", "fd20:ce::254"}
_NAMES = {"metadata", "metadata.goog", "metadata.google.internal", "instance-data", "instance-data.ec2.internal"}


def forbidden(host: str | None) -> bool:
    """Whether `host`, a name or an IP address in any spelling, is a metadata service.

    >>> forbidden("169.254.169.254"), forbidden("0xA9FEA9FE"), forbidden("storage.example")
    (True, True, False)
    """
    if not host:
        return False
    name = host.lower().rstrip(".")
    address = ip_of(name)
    if address is None:
        return name in _NAMES
    if isinstance(address, ipaddress.IPv6Address):
        address = address.sixtofour or address
    return address.is_link_local or str(address) in _METADATA
