//! Case of single characters: one character stays one, whatever the language's rules say of whole words.

/// The upper-case form.
pub(super) fn upper(c: char) -> char {
    let mut all = c.to_uppercase();
    match (all.next(), all.next()) {
        (Some(u), None) => u,
        _ => single_title(c).unwrap_or(c),
    }
}

/// The lower-case form.
pub(super) fn lower(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

/// The form at the beginning of a word; it differs from the upper-case one for digraphs.
pub(super) fn title(c: char) -> char {
    match c {
        '\u{1c4}'..='\u{1c6}' => '\u{1c5}',
        '\u{1c7}'..='\u{1c9}' => '\u{1c8}',
        '\u{1ca}'..='\u{1cc}' => '\u{1cb}',
        '\u{1f1}'..='\u{1f3}' => '\u{1f2}',
        c => upper(c),
    }
}

/// Greek letters with an iota below have a capital of their own.
fn single_title(c: char) -> Option<char> {
    let code = u32::from(c);
    let shift = match code {
        0x1f80..=0x1f87 | 0x1f90..=0x1f97 | 0x1fa0..=0x1fa7 => 8,
        0x1fb3 | 0x1fc3 | 0x1ff3 => 9,
        _ => return None,
    };
    char::from_u32(code + shift)
}
