//! How labels and texts are written in selectors, messages and generated CUE.

use std::fmt::Write as _;

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

/// A text literal; over several lines, indented, where the text has several and `indent` is given.
pub(crate) fn text_literal(text: &str, indent: Option<usize>) -> String {
    literal(text.as_bytes(), '"', indent)
}

/// A bytes literal, in lines as [`text_literal`].
pub(crate) fn bytes_literal(bytes: &[u8], indent: Option<usize>) -> String {
    literal(bytes, '\'', indent)
}

fn literal(bytes: &[u8], quote: char, indent: Option<usize>) -> String {
    let lines = indent.filter(|_| bytes.contains(&b'\n')).map(|n| "\t".repeat(n));
    let mut out = quote.to_string();
    if lines.is_some() {
        out.extend([quote, quote, '\n']);
    }
    let mut line_start = true;
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if let Some(tabs) = &lines {
                if c == '\n' {
                    out.push(c);
                    line_start = true;
                    continue;
                }
                if std::mem::take(&mut line_start) {
                    out.push_str(tabs);
                }
            }
            write_char(&mut out, c, quote, lines.is_some());
        }
        for b in chunk.invalid() {
            if let Some(tabs) = lines.as_ref().filter(|_| std::mem::take(&mut line_start)) {
                out.push_str(tabs);
            }
            let _ = match quote {
                '"' => write!(out, "{}", char::REPLACEMENT_CHARACTER),
                _ => write!(out, "\\x{b:02x}"),
            };
        }
    }
    if let Some(tabs) = &lines {
        out.push('\n');
        out.push_str(tabs);
        out.extend([quote, quote]);
    }
    out.push(quote);
    out
}

fn write_char(out: &mut String, c: char, quote: char, in_lines: bool) {
    let code = u32::from(c);
    let short = match c {
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\u{c}' => 'f',
        '\n' => 'n',
        '\r' => 'r',
        '\t' => 't',
        '\u{b}' => 'v',
        '\\' => '\\',
        c if c == quote && !in_lines => c,
        c if is_print(c) => return out.push(c),
        _ => {
            let _ = match code {
                0..0x20 if quote == '\'' => write!(out, "\\x{code:02x}"),
                0..0x10000 => write!(out, "\\u{code:04x}"),
                _ => write!(out, "\\U{code:08x}"),
            };
            return;
        }
    };
    out.push('\\');
    out.push(short);
}

/// A quoted literal of Go: what is `plain` stands for itself, the rest is escaped.
pub(crate) fn go_quote(text: &str, quote: char, plain: impl Fn(char) -> bool) -> String {
    let mut out = String::from(quote);
    for c in text.chars() {
        match c {
            c if c == quote || c == '\\' => {
                out.push('\\');
                out.push(c);
            }
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            c if plain(c) => out.push(c),
            c => {
                // Writing to a String cannot fail.
                let _ = match u32::from(c) {
                    code @ ..0x80 => write!(out, "\\x{code:02x}"),
                    code @ ..0x10000 => write!(out, "\\u{code:04x}"),
                    code => write!(out, "\\U{code:08x}"),
                };
            }
        }
    }
    out.push(quote);
    out
}

/// Printable as Go has it: no controls, no spaces but the plain one.
pub(crate) fn is_print(c: char) -> bool {
    use unicode_properties::{GeneralCategoryGroup as G, UnicodeGeneralCategory as _};
    c == ' ' || !matches!(c.general_category_group(), G::Other | G::Separator)
}
