//! Literals in their canonical spelling.

use std::borrow::Cow;

use crate::syntax::ast::LitKind;

/// A number with the digits it must have, and a small `e`.
pub(super) fn number(text: &str, kind: LitKind) -> Cow<'_, str> {
    let mut out: Cow<'_, str> = text.into();
    let after_point = |s: &str| {
        let at = s.find('.')?;
        Some((at, s.as_bytes().get(at + 1).copied()))
    };
    if kind == LitKind::Int {
        let bytes = text.as_bytes();
        if bytes.len() > 1 && bytes[0] == b'0' && bytes[1].is_ascii_digit() {
            out = format!("0o{}", &text[1..]).into();
        }
        if let Some((at, Some(next))) = after_point(&out)
            && next > b'9'
        {
            out = format!("{}0{}", &out[..=at], &out[at + 1..]).into();
        }
        if out.find('E').is_some_and(|at| at + 1 < out.len()) {
            out = out.to_lowercase().into();
        }
        return out;
    }
    match after_point(&out) {
        Some((0, _)) => out = format!("0{out}").into(),
        Some((_, None)) => out = format!("{out}0").into(),
        Some((at, Some(next))) if next > b'9' => {
            out = format!("{}0{}", &out[..=at], &out[at + 1..]).into();
        }
        _ => {}
    }
    if out.contains('E') { out.to_lowercase().into() } else { out }
}

/// A string of several lines with the given indentation.
pub(super) fn indented(text: &str, tabs: usize) -> Cow<'_, str> {
    let Some(own) = indentation(text) else { return text.into() };
    let wanted = "\t".repeat(tabs);
    if own == wanted {
        return text.into();
    }
    text.replace(&format!("\n{own}"), &format!("\n{wanted}")).into()
}

/// The white space before the closing quotes of a string of several lines.
fn indentation(text: &str) -> Option<&str> {
    let hashes = text.len() - text.trim_start_matches('#').len();
    let body = text[hashes..].strip_suffix(&"#".repeat(hashes))?;
    let quotes = ["\"\"\"", "'''"].into_iter().find(|q| body.starts_with(q))?;
    let inner = body[3..].strip_suffix(quotes)?;
    let at = inner.rfind('\n')?;
    let own = &inner[at + 1..];
    own.bytes().all(|b| matches!(b, b' ' | b'\t')).then_some(own)
}
