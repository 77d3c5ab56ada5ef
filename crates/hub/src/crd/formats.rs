//! The string formats that are checked; unknown ones are not.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether a text has a format.
pub(crate) fn holds(format: &str, text: &str) -> bool {
    match format {
        "date-time" | "datetime" => text.parse::<jiff::Timestamp>().is_ok(),
        "date" => text.parse::<jiff::civil::Date>().is_ok() && text.len() == 10,
        "ipv4" => text.parse::<Ipv4Addr>().is_ok(),
        "ipv6" => text.parse::<Ipv6Addr>().is_ok(),
        "cidr" => cidr(text),
        "uri" => text.starts_with('/') || text.contains("://") || text.starts_with("urn:"),
        "email" => text.split_once('@').is_some_and(|(l, r)| !l.is_empty() && !r.is_empty()),
        "hostname" => crate::dns::is_subdomain(&text.to_lowercase()),
        "uuid" | "uuid3" | "uuid4" | "uuid5" => uuid::Uuid::parse_str(text).is_ok(),
        "byte" => base64(text),
        "duration" => duration(text),
        "mac" => mac(text),
        "bsonobjectid" => text.len() == 24 && text.bytes().all(|c| c.is_ascii_hexdigit()),
        _ => true,
    }
}

fn cidr(text: &str) -> bool {
    let Some((address, bits)) = text.split_once('/') else { return false };
    match (address.parse::<IpAddr>(), bits.parse::<u8>()) {
        (Ok(IpAddr::V4(_)), Ok(bits)) => bits <= 32,
        (Ok(IpAddr::V6(_)), Ok(bits)) => bits <= 128,
        _ => false,
    }
}

fn base64(text: &str) -> bool {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(text).is_ok()
}

/// Go durations: `1h30m`, `-1.5s`.
fn duration(text: &str) -> bool {
    let mut rest = text.trim_start_matches(['-', '+']);
    if rest == "0" {
        return true;
    }
    let mut any = false;
    while !rest.is_empty() {
        let number = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(0);
        if number == 0 {
            return false;
        }
        rest = &rest[number..];
        let units = ["ns", "us", "µs", "ms", "s", "m", "h"];
        let Some(unit) = units.iter().find(|u| rest.starts_with(**u)) else { return false };
        rest = &rest[unit.len()..];
        any = true;
    }
    any
}

fn mac(text: &str) -> bool {
    let parts: Vec<&str> = text.split([':', '-']).collect();
    parts.len() == 6
        && parts.iter().all(|p| p.len() == 2 && p.bytes().all(|c| c.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats() {
        let table = [
            ("date-time", "2026-01-02T03:04:05Z", true),
            ("date-time", "yesterday", false),
            ("date", "2026-01-02", true),
            ("ipv4", "1.2.3", false),
            ("cidr", "10.0.0.0/8", true),
            ("cidr", "10.0.0.0/33", false),
            ("duration", "1h30m", true),
            ("duration", "90", false),
            ("byte", "aGk=", true),
            ("mac", "aa:bb:cc:dd:ee:ff", true),
            ("uuid", "x", false),
            ("unknown", "anything", true),
        ];
        for (format, text, expected) in table {
            assert_eq!(holds(format, text), expected, "{format} {text}");
        }
    }
}
