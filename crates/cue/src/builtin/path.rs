//! `path`: file paths by text only. The optional last argument names the operating system.

use super::args::*;
use crate::data::Data;
use crate::func::{CallError, CallResult, Package, Param};
use crate::kind::Kind;

const OS: Param = Param::Default("unix");
const WIN: Param = Param::Default("windows");
const S: Kind = Kind::STRING;

pub(super) const PACKAGE: Package = Package {
    path: "path",
    functions: &[
        data("Split", &[STR, OS], Kind::LIST, |a| {
            let os = os(a, 1)?;
            let (dir, file) = os.split(str_at(a, 0));
            texts([dir, file])
        }),
        data("SplitList", &[STR, STR], Kind::LIST, |a| {
            let sep = os(a, 1)?.list_sep;
            let s = str_at(a, 0);
            texts(if s.is_empty() { Vec::new() } else { s.split(sep).collect() })
        }),
        data("Join", &[STRINGS, OS], S, |a| text(os(a, 1)?.join(&strings(a, 0)))),
        data("Match", &[STR, STR, OS], Kind::BOOL, |a| {
            truth(os(a, 2)?.matches(str_at(a, 0), str_at(a, 1)).map_err(CallError::fatal)?)
        }),
        data("Clean", &[STR, OS], S, |a| text(os(a, 1)?.clean(str_at(a, 0)))),
        data("ToSlash", &[STR, STR], S, |a| text(str_at(a, 0).replace(os(a, 1)?.sep(), "/"))),
        data("FromSlash", &[STR, STR], S, |a| {
            text(str_at(a, 0).replace('/', &os(a, 1)?.sep().to_string()))
        }),
        data("Ext", &[STR, OS], S, |a| {
            let os = os(a, 1)?;
            let file = os.split(str_at(a, 0)).1.to_owned();
            text(file.rfind('.').map_or("", |i| &file[i..]))
        }),
        data("Resolve", &[STR, STR, OS], S, |a| {
            let (os, dir, sub) = (os(a, 2)?, str_at(a, 0), str_at(a, 1));
            text(if os.is_abs(sub) {
                os.clean(sub)
            } else {
                os.join(&[os.clean(dir).into(), sub.into()])
            })
        }),
        data("Rel", &[STR, STR, OS], S, rel),
        data("Base", &[STR, OS], S, |a| text(os(a, 1)?.base(str_at(a, 0)))),
        data("Dir", &[STR, OS], S, |a| text(os(a, 1)?.dir(str_at(a, 0)))),
        data("IsAbs", &[STR, OS], Kind::BOOL, |a| truth(os(a, 1)?.is_abs(str_at(a, 0)))),
        data("VolumeName", &[STR, WIN], S, |a| text(os(a, 1)?.volume(str_at(a, 0)))),
    ],
    values: "
Unix:    \"unix\"
Windows: \"windows\"
Plan9:   \"plan9\"
",
};

#[derive(Clone, Copy)]
struct Os {
    windows: bool,
    /// What separates the paths of a list.
    list_sep: char,
}

/// Names of devices, which are absolute paths on Windows.
const DEVICES: [&str; 21] = [
    "CON", "PRN", "AUX", "COM1", "COM2", "COM3", "COM4", "COM5", "COM6", "COM7", "COM8", "COM9",
    "LPT1", "LPT2", "LPT3", "LPT4", "LPT5", "LPT6", "LPT7", "LPT8", "LPT9",
];

fn os(a: &[Data], i: usize) -> Result<Os, CallError> {
    match str_at(a, i) {
        "windows" => Ok(Os { windows: true, list_sep: ';' }),
        "plan9" => Ok(Os { windows: false, list_sep: '\0' }),
        "unix" | "aix" | "android" | "darwin" | "dragonfly" | "freebsd" | "hurd" | "illumos"
        | "ios" | "js" | "linux" | "nacl" | "netbsd" | "openbsd" | "solaris" | "zos" => {
            Ok(Os { windows: false, list_sep: ':' })
        }
        other => Err(CallError::fatal(format!("cannot use {other:?} as operating system"))),
    }
}

impl Os {
    fn sep(self) -> char {
        if self.windows { '\\' } else { '/' }
    }

    fn is_sep(self, c: char) -> bool {
        c == '/' || (self.windows && c == '\\')
    }

    /// The drive letter or the server and share at the start of a path.
    fn volume(self, p: &str) -> &str {
        let b = p.as_bytes();
        if !self.windows {
            return "";
        }
        if b.len() >= 2 && b[1] == b':' && b[0].is_ascii_alphabetic() {
            return &p[..2];
        }
        self.share(p).unwrap_or("")
    }

    /// `\\server\share`
    fn share(self, p: &str) -> Option<&str> {
        let rest = p.strip_prefix(|c| self.is_sep(c))?.strip_prefix(|c| self.is_sep(c))?;
        let server = rest.find(|c| self.is_sep(c))?;
        let share = &rest[server + 1..];
        let end = share.find(|c| self.is_sep(c)).unwrap_or(share.len());
        let named = server > 0 && !rest.starts_with('.') && end > 0 && !share.starts_with('.');
        named.then(|| &p[..2 + server + 1 + end])
    }

    fn is_abs(self, p: &str) -> bool {
        if self.windows && DEVICES.iter().any(|d| d.eq_ignore_ascii_case(p)) {
            return true;
        }
        let vol = self.volume(p);
        let rooted = p[vol.len()..].starts_with(|c| self.is_sep(c));
        rooted && (!self.windows || !vol.is_empty())
    }

    fn split(self, p: &str) -> (&str, &str) {
        let vol = self.volume(p).len();
        let at = p[vol..].rfind(|c| self.is_sep(c)).map_or(vol, |i| vol + i + 1);
        p.split_at(at)
    }

    fn clean(self, p: &str) -> String {
        let vol = self.volume(p);
        let rest = &p[vol.len()..];
        if rest.is_empty() {
            return if vol.len() > 2 { p.replace('/', "\\") } else { format!("{p}.") };
        }
        let vol = if self.windows { &vol.replace('/', "\\") } else { vol };
        let rooted = rest.starts_with(|c| self.is_sep(c));
        let mut out: Vec<&str> = Vec::new();
        for part in rest.split(|c| self.is_sep(c)) {
            match part {
                "" | "." => {}
                ".." if out.last().is_some_and(|l| *l != "..") => {
                    out.pop();
                }
                ".." if rooted => {}
                part => out.push(part),
            }
        }
        let sep = self.sep().to_string();
        let body = out.join(&sep);
        let body = if rooted { format!("{sep}{body}") } else { body };
        if body.is_empty() { format!("{vol}.") } else { format!("{vol}{body}") }
    }

    fn join(self, parts: &[std::sync::Arc<str>]) -> String {
        let full: Vec<&str> = parts.iter().map(|p| &**p).skip_while(|p| p.is_empty()).collect();
        let sep = self.sep().to_string();
        let Some((first, rest)) = full.split_first() else { return String::new() };
        if !self.windows {
            return self.clean(&full.join(&sep));
        }
        // A drive alone keeps the path relative to where that drive stands.
        if first.len() == 2 && first.ends_with(':') {
            let rest = rest.iter().position(|p| !p.is_empty()).map_or(&[][..], |i| &rest[i..]);
            return self.clean(&format!("{first}{}", rest.join(&sep)));
        }
        // Joining never makes a share of what was none.
        let all = self.clean(&full.join(&sep));
        let head = self.clean(first);
        if self.share(&all).is_none() || self.share(&head).is_some() {
            return all;
        }
        let tail = self.clean(&rest.join(&sep));
        if head.ends_with('\\') { head + &tail } else { head + &sep + &tail }
    }

    fn base(self, p: &str) -> String {
        if p.is_empty() {
            return ".".to_owned();
        }
        let trimmed = p.trim_end_matches(|c| self.is_sep(c));
        let file = self.split(trimmed).1;
        if file.is_empty() { self.sep().to_string() } else { file.to_owned() }
    }

    fn dir(self, p: &str) -> String {
        let vol = self.volume(p);
        let dir = self.split(p).0;
        format!("{vol}{}", self.clean(&dir[vol.len().min(dir.len())..]))
    }

    /// Shell patterns: `*`, `?`, `[a-z]`, backslash. Only the last star is ever tried again, so the work is bounded by
    /// the product of the lengths.
    fn matches(self, pattern: &str, name: &str) -> Result<bool, &'static str> {
        const MALFORMED: &str = "syntax error in pattern";
        let p: Vec<char> = pattern.chars().collect();
        let n: Vec<char> = name.chars().collect();
        if self.has_double_star(&p) {
            return Err("'**' is not supported in patterns as of yet");
        }
        let (mut at, mut seen) = (0, 0);
        let mut star: Option<(usize, usize)> = None;
        self.check_piece(&p).ok_or(MALFORMED)?;
        loop {
            if p.get(at) == Some(&'*') {
                at += 1;
                star = Some((at, seen));
                self.check_piece(&p[at..]).ok_or(MALFORMED)?;
                continue;
            }
            match n.get(seen) {
                None if at == p.len() => return Ok(true),
                Some(c) if at < p.len() => {
                    let (hit, used) = self.one(&p[at..], Some(*c)).ok_or(MALFORMED)?;
                    if hit {
                        at += used;
                        seen += 1;
                        continue;
                    }
                }
                _ => {}
            }
            match star {
                Some((back, from)) if n.get(from).is_some_and(|c| *c != self.sep()) => {
                    star = Some((back, from + 1));
                    (at, seen) = (back, from + 1);
                }
                _ => return Ok(false),
            }
        }
    }

    fn has_double_star(self, p: &[char]) -> bool {
        let (mut at, mut inside) = (0, false);
        while let Some(c) = p.get(at) {
            match c {
                '\\' if !self.windows => at += 1,
                '[' => inside = true,
                ']' => inside = false,
                '*' if !inside && p.get(at + 1) == Some(&'*') => return true,
                _ => {}
            }
            at += 1;
        }
        false
    }

    /// None when a pattern is malformed before its next star.
    fn check_piece(self, p: &[char]) -> Option<()> {
        let mut at = 0;
        while at < p.len() && p[at] != '*' {
            at += self.one(&p[at..], None)?.1;
        }
        Some(())
    }

    /// Whether the first element of a pattern is the character, and its length. None when it is malformed.
    fn one(self, p: &[char], c: Option<char>) -> Option<(bool, usize)> {
        Some(match p {
            ['?', ..] => (c.is_some_and(|c| c != self.sep()), 1),
            ['[', ..] => self.class(p, c)?,
            ['\\'] if !self.windows => return None,
            ['\\', own, ..] if !self.windows => (c == Some(*own), 2),
            [own, ..] => (c == Some(*own), 1),
            [] => return None,
        })
    }

    /// A character class from its `[`: whether it holds the character, and its length with the `]`.
    fn class(self, p: &[char], c: Option<char>) -> Option<(bool, usize)> {
        let negated = p.get(1) == Some(&'^');
        let mut at = 1 + usize::from(negated);
        let (start, mut hit) = (at, false);
        loop {
            if at > start && *p.get(at)? == ']' {
                return Some((c.is_some() && hit != negated, at + 1));
            }
            let lo = self.class_char(p, &mut at)?;
            let mut hi = lo;
            if *p.get(at)? == '-' {
                at += 1;
                hi = self.class_char(p, &mut at)?;
            }
            hit |= c.is_some_and(|c| lo <= c && c <= hi);
        }
    }

    fn class_char(self, p: &[char], at: &mut usize) -> Option<char> {
        if matches!(*p.get(*at)?, '-' | ']') {
            return None;
        }
        if *p.get(*at)? == '\\' && !self.windows {
            *at += 1;
        }
        let own = *p.get(*at)?;
        *at += 1;
        p.get(*at)?;
        Some(own)
    }
}

fn rel(a: &[Data]) -> CallResult {
    let os = os(a, 2)?;
    let (base, targ) = (os.clean(str_at(a, 0)), os.clean(str_at(a, 1)));
    let fail = || {
        CallError::fatal(format!("Rel: can't make {} relative to {}", str_at(a, 1), str_at(a, 0)))
    };
    if base == targ {
        return text(".");
    }
    let base = if base == "." { String::new() } else { base };
    let rooted = |p: &str| p.starts_with(os.sep());
    if rooted(&base) != rooted(&targ) {
        return Err(fail());
    }
    let parts = |p: &str| {
        p.split(os.sep()).filter(|s| !s.is_empty()).map(str::to_owned).collect::<Vec<_>>()
    };
    let (b, t) = (parts(&base), parts(&targ));
    let common = b.iter().zip(&t).take_while(|(x, y)| x == y).count();
    if b.get(common).is_some_and(|p| p == "..") {
        return Err(fail());
    }
    let up = std::iter::repeat_n("..".to_owned(), b.len() - common);
    let all: Vec<String> = up.chain(t[common..].iter().cloned()).collect();
    text(all.join(&os.sep().to_string()))
}
