//! How labels are written in selectors and messages.

/// The label as an identifier where it can be one, else quoted.
pub(crate) fn quote_label(text: &str) -> String {
    if is_plain(text) { text.to_owned() } else { quote(text) }
}

/// A double-quoted CUE string.
pub(crate) fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    crate::data::write_string(&mut out, text);
    out
}

/// Whether a regular label can be written without quotes.
fn is_plain(text: &str) -> bool {
    let mut chars = text.chars();
    let first = chars.next().is_some_and(|c| c.is_alphabetic() || c == '$');
    first && chars.all(|c| c.is_alphanumeric() || c == '_' || c == '$')
}
