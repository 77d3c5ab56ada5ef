//! URLs: escaping by part, and whether a text is one (RFC 3986 with the liberties that Go's `net/url` takes).

/// The part of a URL that a text stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::builtin) enum Part {
    Path,
    PathSegment,
    Host,
    Zone,
    UserInfo,
    Query,
    Fragment,
}

fn must_escape(b: u8, part: Part) -> bool {
    if b.is_ascii_alphanumeric() || b"-_.~".contains(&b) {
        return false;
    }
    match part {
        Part::Host | Part::Zone => !b"!$&'()*+,;=:[]<>\"".contains(&b),
        Part::Path if b"$&+,/:;=@".contains(&b) => false,
        Part::PathSegment if b"$&+:=@".contains(&b) => false,
        Part::UserInfo if b"$&+,;=".contains(&b) => false,
        Part::Fragment => !b"$&+,/:;=?@!()*".contains(&b),
        _ => true,
    }
}

/// The text with everything escaped that may not stand in the part; a space is `+` in a query.
pub(in crate::builtin) fn escape(s: &str, part: Part) -> String {
    let mut out = String::with_capacity(s.len());
    for b in s.bytes() {
        match b {
            b' ' if part == Part::Query => out.push('+'),
            b if must_escape(b, part) => out.push_str(&format!("%{b:02X}")),
            b => out.push(char::from(b)),
        }
    }
    out
}

fn hex(b: Option<&u8>) -> Option<u8> {
    b.and_then(|b| char::from(*b).to_digit(16)).map(|d| d as u8)
}

/// The text with `%XX` replaced.
pub(in crate::builtin) fn unescape(s: &str, part: Part) -> Result<String, String> {
    let bytes = s.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    let in_host = part == Part::Host || part == Part::Zone;
    while let Some(&b) = bytes.get(i) {
        match b {
            b'%' => {
                let shown = String::from_utf8_lossy(&bytes[i..bytes.len().min(i + 3)]);
                let bad = || format!("invalid URL escape {shown:?}");
                let (high, low) = (hex(bytes.get(i + 1)), hex(bytes.get(i + 2)));
                let (Some(high), Some(low)) = (high, low) else { return Err(bad()) };
                let v = high << 4 | low;
                let percent = v == b'%';
                let refused = match part {
                    Part::Host => high < 8 && !percent,
                    Part::Zone => !percent && v != b' ' && must_escape(v, Part::Host),
                    _ => false,
                };
                if refused {
                    return Err(bad());
                }
                out.push(v);
                i += 3;
                continue;
            }
            b'+' if part == Part::Query => out.push(b' '),
            b if in_host && b < 0x80 && must_escape(b, part) => {
                let shown = char::from(b);
                return Err(format!("invalid character {:?} in host name", shown.to_string()));
            }
            b => out.push(b),
        }
        i += 1;
    }
    Ok(String::from_utf8_lossy(&out).into_owned())
}

/// Whether a URL is absolute; what is wrong with a text that is none.
pub(in crate::builtin) fn check(s: &str) -> Result<bool, String> {
    let (url, fragment) = s.split_once('#').unwrap_or((s, ""));
    if url.bytes().any(|b| b < b' ' || b == 0x7f) {
        return Err("net/url: invalid control character in URL".to_owned());
    }
    let absolute = url != "*" && check_parts(url)?;
    unescape(fragment, Part::Fragment)?;
    Ok(absolute)
}

fn check_parts(url: &str) -> Result<bool, String> {
    let (scheme, rest) = scheme(url)?;
    let rest = rest.split_once('?').map_or(rest, |(path, _)| path);
    if !rest.starts_with('/') {
        if !scheme.is_empty() {
            return Ok(true);
        }
        if rest.split('/').next().is_some_and(|segment| segment.contains(':')) {
            return Err("first path segment in URL cannot contain colon".to_owned());
        }
    }
    let mut path = rest;
    if (!scheme.is_empty() || !rest.starts_with("///"))
        && let Some(authority) = rest.strip_prefix("//")
    {
        let end = authority.find('/').unwrap_or(authority.len());
        check_authority(&authority[..end])?;
        path = &authority[end..];
    }
    unescape(path, Part::Path)?;
    Ok(!scheme.is_empty())
}

fn scheme(url: &str) -> Result<(&str, &str), String> {
    for (i, b) in url.bytes().enumerate() {
        match b {
            b':' if i == 0 => return Err("missing protocol scheme".to_owned()),
            b':' => return Ok((&url[..i], &url[i + 1..])),
            b if b.is_ascii_alphabetic() => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if i > 0 => {}
            _ => break,
        }
    }
    Ok(("", url))
}

fn check_authority(authority: &str) -> Result<(), String> {
    let (user, host) = match authority.rsplit_once('@') {
        Some((user, host)) => (Some(user), host),
        None => (None, authority),
    };
    check_host(host)?;
    let Some(user) = user else { return Ok(()) };
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(&b);
    if !user.bytes().all(allowed) {
        return Err("net/url: invalid userinfo".to_owned());
    }
    unescape(user, Part::UserInfo).map(drop)
}

fn check_host(host: &str) -> Result<(), String> {
    let port = if host.starts_with('[') {
        let Some(end) = host.rfind(']') else { return Err("missing ']' in host".to_owned()) };
        check_port(&host[end + 1..])?;
        if let Some(zone) = host[..end].find("%25") {
            unescape(&host[..zone], Part::Host)?;
            unescape(&host[zone..end], Part::Zone)?;
            return unescape(&host[end..], Part::Host).map(drop);
        }
        ""
    } else {
        host.rfind(':').map_or("", |at| &host[at..])
    };
    check_port(port)?;
    unescape(host, Part::Host).map(drop)
}

fn check_port(port: &str) -> Result<(), String> {
    let valid = match port.strip_prefix(':') {
        Some(digits) => digits.bytes().all(|b| b.is_ascii_digit()),
        None => port.is_empty(),
    };
    if valid { Ok(()) } else { Err(format!("invalid port {port:?} after host")) }
}
