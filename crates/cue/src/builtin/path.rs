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
            let sep = if os(a, 1)?.windows { ';' } else { ':' };
            let s = str_at(a, 0);
            texts(if s.is_empty() { Vec::new() } else { s.split(sep).collect() })
        }),
        data("Join", &[LIST, OS], S, |a| text(os(a, 1)?.join(&strings(a, 0)?))),
        data("Match", &[STR, STR, OS], Kind::BOOL, |a| {
            truth(
                os(a, 2)?
                    .matches(str_at(a, 0), str_at(a, 1))
                    .ok_or_else(|| CallError::fatal("syntax error in pattern"))?,
            )
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
}

fn os(a: &[Data], i: usize) -> Result<Os, CallError> {
    match str_at(a, i) {
        "windows" => Ok(Os { windows: true }),
        "unix" | "plan9" | "aix" | "android" | "darwin" | "dragonfly" | "freebsd" | "hurd"
        | "illumos" | "ios" | "js" | "linux" | "nacl" | "netbsd" | "openbsd" | "solaris"
        | "zos" => Ok(Os { windows: false }),
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

    fn volume(self, p: &str) -> &str {
        let b = p.as_bytes();
        if self.windows && b.len() >= 2 && b[1] == b':' && b[0].is_ascii_alphabetic() {
            &p[..2]
        } else {
            ""
        }
    }

    fn is_abs(self, p: &str) -> bool {
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
            return format!("{p}.");
        }
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
        if full.is_empty() {
            String::new()
        } else {
            self.clean(&full.join(&self.sep().to_string()))
        }
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

    /// Shell patterns: `*`, `?`, `[a-z]`, backslash; None for a bad pattern.
    fn matches(self, pattern: &str, name: &str) -> Option<bool> {
        let p: Vec<char> = pattern.chars().collect();
        let n: Vec<char> = name.chars().collect();
        self.match_at(&p, &n, 0)
    }

    fn match_at(self, p: &[char], n: &[char], depth: u32) -> Option<bool> {
        if depth > 200 {
            return Some(false);
        }
        let Some(first) = p.first() else { return Some(n.is_empty()) };
        match first {
            '*' => {
                for skip in 0..=n.len() {
                    if self.match_at(&p[1..], &n[skip..], depth + 1)? {
                        return Some(true);
                    }
                    if n.get(skip).is_some_and(|c| self.is_sep(*c)) {
                        break;
                    }
                }
                Some(false)
            }
            '?' => match n.first() {
                Some(c) if !self.is_sep(*c) => self.match_at(&p[1..], &n[1..], depth + 1),
                _ => Some(false),
            },
            '[' => {
                let (hit, used) = class(&p[1..], n.first().copied())?;
                if hit { self.match_at(&p[1 + used..], &n[1..], depth + 1) } else { Some(false) }
            }
            '\\' if !self.windows => match (p.get(1), n.first()) {
                (None, _) => None,
                (Some(a), Some(b)) if a == b => self.match_at(&p[2..], &n[1..], depth + 1),
                _ => Some(false),
            },
            c if n.first() == Some(c) => self.match_at(&p[1..], &n[1..], depth + 1),
            _ => Some(false),
        }
    }
}

/// A character class after its `[`: whether it holds the character, and its length with the `]`.
fn class(p: &[char], c: Option<char>) -> Option<(bool, usize)> {
    let negated = p.first() == Some(&'^');
    let mut at = usize::from(negated);
    let mut hit = false;
    let start = at;
    loop {
        let lo = *p.get(at)?;
        if lo == ']' && at > start {
            return Some((c.is_some() && hit != negated, at + 1));
        }
        let hi = if p.get(at + 1) == Some(&'-') {
            at += 2;
            *p.get(at)?
        } else {
            lo
        };
        at += 1;
        hit |= c.is_some_and(|c| lo <= c && c <= hi);
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
