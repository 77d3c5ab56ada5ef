//! Domain names: labels of 1 to 63 octets, 253 in all, ASCII only; `xn--` labels must decode to something valid.

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory as _};

/// Whether the name is a fully qualified domain name.
pub(super) fn is_valid(name: &str) -> bool {
    let bare = name.strip_suffix('.').unwrap_or(name);
    let sized = !bare.is_empty() && bare.len() <= 253 && name.is_ascii();
    sized && bare.split('.').all(is_label)
}

fn is_label(label: &str) -> bool {
    if label.is_empty() || label.len() > 63 {
        return false;
    }
    match label.strip_prefix("xn--") {
        Some(code) => decode(code).is_some_and(|text| is_decoded(&text)),
        None => has_good_hyphens(label),
    }
}

fn has_good_hyphens(label: &str) -> bool {
    let double = label.len() > 4 && label.as_bytes()[2..4] == *b"--";
    !double && !label.starts_with('-') && !label.ends_with('-')
}

/// What an `xn--` label stands for: not ASCII alone, nothing that mapping would change, no mark in front.
fn is_decoded(text: &str) -> bool {
    use GeneralCategory as C;
    let mark = |c: char| {
        matches!(c.general_category(), C::NonspacingMark | C::SpacingMark | C::EnclosingMark)
    };
    let allowed = |c: char| match c.general_category() {
        C::UppercaseLetter | C::TitlecaseLetter | C::Control | C::Format | C::Surrogate => false,
        C::PrivateUse | C::Unassigned => false,
        C::SpaceSeparator | C::LineSeparator | C::ParagraphSeparator => false,
        _ => !c.is_ascii() || c.is_ascii_alphanumeric() || c == '-',
    };
    !text.is_ascii()
        && !text.starts_with('-')
        && !text.ends_with('-')
        && !text.chars().next().is_some_and(mark)
        && text.chars().all(allowed)
}

/// Punycode (RFC 3492).
fn decode(code: &str) -> Option<String> {
    let (basic, tail) = code.rsplit_once('-').unwrap_or(("", code));
    let mut out: Vec<char> = basic.chars().collect();
    let (mut n, mut i, mut bias) = (128u32, 0u32, 72u32);
    let mut digits = tail.bytes().peekable();
    while digits.peek().is_some() {
        let before = i;
        let mut weight = 1u32;
        for k in (36..).step_by(36) {
            let digit = match digits.next()? {
                b @ b'a'..=b'z' => u32::from(b - b'a'),
                b @ b'A'..=b'Z' => u32::from(b - b'A'),
                b @ b'0'..=b'9' => u32::from(b - b'0') + 26,
                _ => return None,
            };
            i = i.checked_add(digit.checked_mul(weight)?)?;
            let threshold = if k <= bias { 1 } else { (k - bias).min(26) };
            if digit < threshold {
                break;
            }
            weight = weight.checked_mul(36 - threshold)?;
        }
        let count = out.len() as u32 + 1;
        bias = adapt(i - before, count, before == 0);
        n = n.checked_add(i / count)?;
        i %= count;
        out.insert(i as usize, char::from_u32(n)?);
        i += 1;
    }
    Some(out.into_iter().collect())
}

fn adapt(delta: u32, count: u32, first: bool) -> u32 {
    let mut delta = if first { delta / 700 } else { delta / 2 };
    delta += delta / count;
    let mut k = 0;
    while delta > 455 {
        delta /= 35;
        k += 36;
    }
    k + 36 * delta / (delta + 38)
}
