//! `net`: addresses, hosts and ports, domain names, URLs. Nothing here looks anything up.

mod addr;
mod fqdn;
pub(super) mod url;

use super::args::*;
use crate::data::Data;
use crate::func::{CallError, CallResult, Function, Package};
use crate::kind::Kind;

use addr::Addr;
use url::Part;

const B: Kind = Kind::BOOL;
const S: Kind = Kind::STRING;
const L: Kind = Kind::LIST;

/// A question about an address; what is none answers false.
const fn about(name: &'static str, f: fn(&[Data]) -> CallResult) -> Function {
    data(name, &[TOP], B, f)
}

pub(super) const PACKAGE: Package = Package {
    path: "net",
    functions: &[
        data("SplitHostPort", &[STR], L, split),
        data("JoinHostPort", &[TOP, TOP], S, join),
        data("FQDN", &[STR], B, |a| truth(fqdn::is_valid(str_at(a, 0)))),
        data("ParseIP", &[STR], L, |a| match Addr::parse(str_at(a, 0)) {
            Some(ip) => octet_list(&ip.octets()),
            None => Err(CallError::fatal(format!("invalid IP address {:?}", str_at(a, 0)))),
        }),
        about("IPv4", |a| truth(Addr::of(&a[0]).is_some_and(|ip| ip.is_4()))),
        about("IPv6", |a| truth(Addr::of(&a[0]).is_some_and(|ip| !ip.is_4()))),
        about("IP", |a| truth(Addr::of(&a[0]).is_some())),
        about("IPCIDR", |a| match &a[0] {
            Data::Str(_) | Data::Bytes(_) => {
                addr::check_prefix(&String::from_utf8_lossy(octets(a, 0)))
                    .map_err(CallError::fatal)
                    .and_then(|()| truth(true))
            }
            _ => truth(true),
        }),
        about("LoopbackIP", |a| truth(Addr::of(&a[0]).is_some_and(|ip| ip.is_loopback()))),
        about("MulticastIP", |a| truth(Addr::of(&a[0]).is_some_and(|ip| ip.is_multicast()))),
        about("InterfaceLocalMulticastIP", |a| {
            truth(Addr::of(&a[0]).is_some_and(|ip| ip.is_interface_local_multicast()))
        }),
        about("LinkLocalMulticastIP", |a| {
            truth(Addr::of(&a[0]).is_some_and(|ip| ip.is_link_local_multicast()))
        }),
        about("LinkLocalUnicastIP", |a| {
            truth(Addr::of(&a[0]).is_some_and(|ip| ip.is_link_local_unicast()))
        }),
        about("GlobalUnicastIP", |a| {
            truth(Addr::of(&a[0]).is_some_and(|ip| ip.is_global_unicast()))
        }),
        about("UnspecifiedIP", |a| truth(Addr::of(&a[0]).is_some_and(|ip| ip.is_unspecified()))),
        data("ToIP4", &[TOP], L, |a| {
            let ip = address(a)?;
            if ip.is_4() {
                return octet_list(&ip.octets());
            }
            Err(CallError::fatal(format!("cannot convert \"{ip}\" to IPv4")))
        }),
        data("ToIP16", &[TOP], L, |a| octet_list(&address(a)?.octets_16())),
        data("IPString", &[TOP], S, |a| text(address(a)?.to_string())),
        data("PathEscape", &[STR], S, |a| text(url::escape(str_at(a, 0), Part::PathSegment))),
        data("PathUnescape", &[STR], S, |a| unescaped(a, Part::PathSegment)),
        data("QueryEscape", &[STR], S, |a| text(url::escape(str_at(a, 0), Part::Query))),
        data("QueryUnescape", &[STR], S, |a| unescaped(a, Part::Query)),
        data("URL", &[STR], B, |a| parsed(a).and_then(|_| truth(true))),
        data("AbsURL", &[STR], B, |a| match parsed(a)? {
            true => truth(true),
            false => Err(CallError::fatal("URL is not absolute")),
        }),
    ],
    values: "IPv4len: 4\nIPv6len: 16",
};

fn address(a: &[Data]) -> Result<Addr, CallError> {
    Addr::of(&a[0]).ok_or_else(|| CallError::fatal(format!("invalid IP {}", a[0].to_json())))
}

fn octet_list(octets: &[u8]) -> CallResult {
    Ok(Data::list(octets.iter().map(|b| Data::int(i64::from(*b)))))
}

fn unescaped(a: &[Data], part: Part) -> CallResult {
    text(url::unescape(str_at(a, 0), part).map_err(CallError::fatal)?)
}

/// Whether the URL is absolute.
fn parsed(a: &[Data]) -> Result<bool, CallError> {
    let s = str_at(a, 0);
    url::check(s).map_err(|e| CallError::fatal(format!("parse {s:?}: {e}")))
}

fn split(a: &[Data]) -> CallResult {
    let s = str_at(a, 0);
    let bad = |why: &str| Err(CallError::fatal(format!("address {s}: {why}")));
    let Some(colon) = s.rfind(':') else { return bad("missing port in address") };
    let (host, rest) = match s.strip_prefix('[') {
        Some(inner) => {
            let Some(end) = inner.find(']') else { return bad("missing ']' in address") };
            match inner[end + 1..].chars().next() {
                Some(':') if end + 2 == colon => {}
                Some(':') => return bad("too many colons in address"),
                _ => return bad("missing port in address"),
            }
            if inner[..end].contains('[') {
                return bad("unexpected '[' in address");
            }
            (&inner[..end], &inner[end + 1..])
        }
        None if s[..colon].contains(':') => return bad("too many colons in address"),
        None => (&s[..colon], s),
    };
    if rest.contains('[') {
        return bad("unexpected '[' in address");
    }
    if rest.contains(']') {
        return bad("unexpected ']' in address");
    }
    texts([host, &s[colon + 1..]])
}

fn join(a: &[Data]) -> CallResult {
    let wrong = |d: &Data, want: &str| {
        let (shown, kind) = (d.to_json(), d.kind());
        CallError::fatal(format!("cannot use value {shown} (type {kind}) as {want}"))
    };
    let host = match &a[0] {
        Data::List(_) => match Addr::of(&a[0]) {
            Some(ip) => ip.to_string(),
            None => return Err(CallError::fatal(format!("invalid host {}", a[0].to_json()))),
        },
        Data::Str(_) | Data::Bytes(_) => String::from_utf8_lossy(octets(a, 0)).into_owned(),
        other => return Err(wrong(other, "string")),
    };
    let port = match &a[1] {
        Data::Str(_) | Data::Bytes(_) => String::from_utf8_lossy(octets(a, 1)).into_owned(),
        Data::Num(n) if n.is_int() => int_at(a, 1)?.to_string(),
        other => return Err(wrong(other, "int")),
    };
    text(if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") })
}
