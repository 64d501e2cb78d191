"""Which addresses are public: what an installation may connect to because somebody typed a name.

IANA's special-purpose registries, multicast, and the address under which a cloud serves its virtual machines.
"""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_network

NOT_PUBLIC_4 = [
    ip_network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "168.63.129.16/32", "169.254.0.0/16",
        "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24",
        "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
    )
]  # fmt: skip
# All that is public lies in here: mapped, compatible, translated, local and multicast addresses do not ...
GLOBAL_6 = IPv6Network("2000::/3")
# ... and of what does, these carry another address inside (Teredo, 6to4) or are not for use.
NOT_PUBLIC_6 = [ip_network(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")]
# The middle of an ISATAP interface identifier, before its IPv4 address.
ISATAP = {0x00005EFE, 0x02005EFE}


def is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv4Address):
        return not any(address in network for network in NOT_PUBLIC_4)
    if address not in GLOBAL_6 or any(address in network for network in NOT_PUBLIC_6):
        return False
    return int(address) >> 32 & 0xFFFFFFFF not in ISATAP


def is_inside(address: IPv4Address | IPv6Address, networks: list[str]) -> bool:
    """Inside one of the networks, which are spelt as `10.1.0.0/16`."""
    return any(
        address.version == network.version and address in network for network in map(ip_network, networks)
    )
