//! How letters are looked for in texts, without regard to case and, where all letters are ASCII, without
//! making a text of them: it is done for every row of very many.

/// How far apart the letters of a word may stand, in times of its length.
const SPREAD: usize = 3;
/// Shorter words are looked for as they are: their letters stand everywhere.
const SHORTEST: usize = 3;

/// Whether a text holds a piece; the piece is in lower case.
#[must_use]
pub fn contains(text: &str, piece: &str) -> bool {
    if !text.is_ascii() || !piece.is_ascii() {
        return text.to_lowercase().contains(piece);
    }
    let (text, piece) = (text.as_bytes(), piece.as_bytes());
    let Some(first) = piece.first() else { return true };
    let last = text.len().checked_sub(piece.len());
    last.is_some_and(|last| {
        (0..=last).any(|at| {
            text[at].to_ascii_lowercase() == *first
                && text[at..at + piece.len()].eq_ignore_ascii_case(piece)
        })
    })
}

/// Whether the letters of a word stand in a text in their order and near each other; the word is in lower
/// case.
#[must_use]
pub fn fuzzy(text: &str, word: &str) -> bool {
    if word.len() < SHORTEST || !text.is_ascii() || !word.is_ascii() {
        return contains(text, word);
    }
    let (text, word) = (text.as_bytes(), word.as_bytes());
    let starts = (0..text.len()).filter(|at| text[*at].to_ascii_lowercase() == word[0]);
    starts.into_iter().any(|start| {
        let mut wanted = word.iter().peekable();
        let near = text[start..].iter().take(word.len() * SPREAD);
        for letter in near {
            if wanted.peek().is_some_and(|next| letter.to_ascii_lowercase() == **next) {
                wanted.next();
            }
        }
        wanted.peek().is_none()
    })
}

/// Whether a text is a value, in which `*` stands for any run; the value is in lower case.
#[must_use]
pub(super) fn is_like(text: &str, value: &str) -> bool {
    if value.contains('*') {
        return crate::console::model::matches(value, &text.to_lowercase());
    }
    if text.is_ascii() { text.eq_ignore_ascii_case(value) } else { text.to_lowercase() == value }
}
