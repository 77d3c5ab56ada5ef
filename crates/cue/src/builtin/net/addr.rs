//! IP addresses as `net/netip` of Go has them: version 4, or version 6 with an optional zone.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use crate::data::Data;

/// An address.
pub(super) enum Addr {
    V4(Ipv4Addr),
    V6(Ipv6Addr, String),
}

impl Addr {
    /// Dotted decimals without leading zeros, or colon form with `%zone`.
    pub(super) fn parse(s: &str) -> Option<Self> {
        if let Ok(ip) = s.parse::<Ipv4Addr>() {
            return Some(Self::V4(ip));
        }
        let (ip, zone) = match s.split_once('%') {
            Some((_, "")) => return None,
            Some((ip, zone)) => (ip, zone),
            None => (s, ""),
        };
        ip.parse().ok().map(|ip| Self::V6(ip, zone.to_owned()))
    }

    /// Text, or a list of 4 or 16 octets.
    pub(super) fn of(d: &Data) -> Option<Self> {
        match d {
            Data::Str(s) => Self::parse(s),
            Data::Bytes(b) => Self::parse(std::str::from_utf8(b).ok()?),
            Data::List(items) => {
                let octet = |d: &Data| match d {
                    Data::Num(n) if n.is_int() => n.to_i64().and_then(|i| u8::try_from(i).ok()),
                    _ => None,
                };
                let octets: Option<Vec<u8>> = items.iter().map(octet).collect();
                let octets = octets?;
                if let Ok(four) = <[u8; 4]>::try_from(&octets[..]) {
                    return Some(Self::V4(four.into()));
                }
                let sixteen = <[u8; 16]>::try_from(&octets[..]).ok()?;
                Some(Self::V6(sixteen.into(), String::new()))
            }
            _ => None,
        }
    }

    pub(super) fn is_4(&self) -> bool {
        matches!(self, Self::V4(_))
    }

    pub(super) fn octets(&self) -> Vec<u8> {
        match self {
            Self::V4(ip) => ip.octets().to_vec(),
            Self::V6(ip, _) => ip.octets().to_vec(),
        }
    }

    pub(super) fn octets_16(&self) -> Vec<u8> {
        match self {
            Self::V4(ip) => ip.to_ipv6_mapped().octets().to_vec(),
            Self::V6(ip, _) => ip.octets().to_vec(),
        }
    }

    /// The version 4 address that this is or stands for.
    fn as_4(&self) -> Option<Ipv4Addr> {
        match self {
            Self::V4(ip) => Some(*ip),
            Self::V6(ip, _) => ip.to_ipv4_mapped(),
        }
    }

    fn ask(&self, four: impl Fn(Ipv4Addr) -> bool, six: impl Fn(Ipv6Addr) -> bool) -> bool {
        match (self.as_4(), self) {
            (Some(ip), _) => four(ip),
            (None, Self::V4(ip)) => four(*ip),
            (None, Self::V6(ip, _)) => six(*ip),
        }
    }

    pub(super) fn is_loopback(&self) -> bool {
        self.ask(|ip| ip.is_loopback(), |ip| ip.is_loopback())
    }

    pub(super) fn is_multicast(&self) -> bool {
        self.ask(|ip| ip.is_multicast(), |ip| ip.is_multicast())
    }

    pub(super) fn is_interface_local_multicast(&self) -> bool {
        self.ask(|_| false, |ip| ip.segments()[0] & 0xff0f == 0xff01)
    }

    pub(super) fn is_link_local_multicast(&self) -> bool {
        self.ask(|ip| ip.octets()[..3] == [224, 0, 0], |ip| ip.segments()[0] & 0xff0f == 0xff02)
    }

    pub(super) fn is_link_local_unicast(&self) -> bool {
        self.ask(|ip| ip.is_link_local(), |ip| ip.segments()[0] & 0xffc0 == 0xfe80)
    }

    pub(super) fn is_global_unicast(&self) -> bool {
        let special =
            self.ask(|ip| ip.is_unspecified() || ip.is_broadcast(), |ip| ip.is_unspecified());
        !special && !self.is_loopback() && !self.is_multicast() && !self.is_link_local_unicast()
    }

    pub(super) fn is_unspecified(&self) -> bool {
        match self {
            Self::V4(ip) => ip.is_unspecified(),
            Self::V6(ip, zone) => ip.is_unspecified() && zone.is_empty(),
        }
    }
}

impl fmt::Display for Addr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::V4(ip) => ip.fmt(f),
            Self::V6(ip, zone) if zone.is_empty() => ip.fmt(f),
            Self::V6(ip, zone) => write!(f, "{ip}%{zone}"),
        }
    }
}

/// An address, a slash, the length of the prefix.
pub(super) fn check_prefix(s: &str) -> Result<(), String> {
    let bad = |why: &str| Err(format!("netip.ParsePrefix({s:?}): {why}"));
    let Some((ip, bits)) = s.rsplit_once('/') else { return bad("no '/'") };
    let max = match Addr::parse(ip) {
        None => return bad("unable to parse IP"),
        Some(Addr::V4(_)) => 32,
        Some(Addr::V6(_, zone)) if zone.is_empty() => 128,
        Some(Addr::V6(..)) => return bad("IPv6 zones cannot be present in a prefix"),
    };
    let plain = bits.bytes().all(|b| b.is_ascii_digit()) && (bits == "0" || !bits.starts_with('0'));
    match bits.parse::<u32>() {
        Ok(n) if plain && n <= max => Ok(()),
        Ok(_) if plain => bad("prefix length out of range"),
        _ => bad(&format!("bad bits after slash: {bits:?}")),
    }
}
