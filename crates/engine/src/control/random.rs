//! The random ids of steps: ten characters, as upstream makes them.

use uuid::Uuid;

/// Letters and digits of an id; upstream leaves out the zero.
const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz123456789";

/// An id of a step.
pub(super) fn step_id() -> String {
    letters(10)
}

/// So many random letters and digits, sixteen at most.
pub(super) fn letters(count: usize) -> String {
    let bytes = Uuid::new_v4().into_bytes();
    let letter = |byte: &u8| char::from(LETTERS[usize::from(*byte) % LETTERS.len()]);
    bytes.iter().take(count).map(letter).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn ids_are_ten_letters_and_differ() {
        let (a, b) = (super::step_id(), super::step_id());
        assert_eq!(a.len(), 10);
        assert_ne!(a, b);
    }
}
