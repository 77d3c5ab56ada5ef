//! Which two sides of an application are compared. "Diff" alone is ambiguous, so every comparison names
//! both.

use serde::{Deserialize, Serialize};

/// One side of a comparison.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Side {
    /// What the Application asks for now.
    Spec,
    /// What that produces now, with the definitions of today.
    Rendered,
    /// What was applied last.
    Applied,
    /// What runs.
    Live,
    /// What a revision asked for, and what came of it.
    Revision(String),
}

impl Side {
    /// Those of the present, in the order of their keys.
    pub const PRESENT: [Self; 4] = [Self::Spec, Self::Rendered, Self::Applied, Self::Live];

    /// What it is called.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Spec => "spec",
            Self::Rendered => "rendered",
            Self::Applied => "applied",
            Self::Live => "live",
            Self::Revision(name) => name,
        }
    }

    /// The side of a word; what is no side of the present is a revision.
    #[must_use]
    pub fn named(word: &str) -> Self {
        let present = Self::PRESENT.into_iter().find(|side| side.word() == word);
        present.unwrap_or_else(|| Self::Revision(word.to_owned()))
    }
}

/// Two sides; what runs always stands on the right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pair {
    left: Side,
    right: Side,
}

impl Default for Pair {
    fn default() -> Self {
        Self { left: Side::Applied, right: Side::Live }
    }
}

impl Pair {
    /// Two sides, unless they are the same.
    #[must_use]
    pub fn of(left: Side, right: Side) -> Option<Self> {
        match (left, right) {
            (left, right) if left == right => None,
            (Side::Live, right) => Some(Self { left: right, right: Side::Live }),
            (left, right) => Some(Self { left, right }),
        }
    }

    /// What would be done were the application delivered anew.
    #[must_use]
    pub fn anew() -> Self {
        Self { left: Side::Applied, right: Side::Rendered }
    }

    /// The pair of two words with a comma between.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (left, right) = text.split_once(',')?;
        let named = |word: &str| (!word.is_empty()).then(|| Side::named(word));
        Self::of(named(left)?, named(right)?)
    }

    /// The left side.
    #[must_use]
    pub fn left(&self) -> &Side {
        &self.left
    }

    /// The right side.
    #[must_use]
    pub fn right(&self) -> &Side {
        &self.right
    }

    /// The next pair that is worth a look; after the last, the first.
    #[must_use]
    pub fn next(&self) -> Self {
        let pair = |left: &Side, right: &Side| Self { left: left.clone(), right: right.clone() };
        let revision = [&self.left, &self.right]
            .into_iter()
            .find(|side| matches!(side, Side::Revision(_)))
            .cloned();
        let all = match &revision {
            None => vec![
                pair(&Side::Applied, &Side::Live),
                pair(&Side::Applied, &Side::Rendered),
                pair(&Side::Rendered, &Side::Live),
                pair(&Side::Applied, &Side::Spec),
            ],
            Some(revision) => vec![
                pair(revision, &Side::Applied),
                pair(revision, &Side::Rendered),
                pair(revision, &Side::Live),
            ],
        };
        let at = all.iter().position(|other| other == self).map_or(0, |at| at + 1);
        all[at % all.len()].clone()
    }
}

impl std::fmt::Display for Pair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{},{}", self.left.word(), self.right.word())
    }
}

/// What a comparison is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// The sides.
    pub pair: Pair,
    /// Lists whose entries have names are compared in the order in which they stand; by default that
    /// order is no difference.
    pub in_order: bool,
    /// White space is no difference.
    pub ignore_blanks: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_read_as_they_were_written() {
        for (text, expected) in [
            ("applied,live", Some("applied,live")),
            ("live,rendered", Some("rendered,live")),
            ("shop-v2,applied", Some("shop-v2,applied")),
            ("spec,spec", None),
            ("spec", None),
            (",live", None),
        ] {
            let told = Pair::parse(text).map(|pair| pair.to_string());
            assert_eq!(told.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn the_next_pair_comes_round() {
        let round = |first: &str, count| {
            let mut pair = Pair::parse(first).expect("a pair");
            let mut told = Vec::new();
            for _ in 0..count {
                pair = pair.next();
                told.push(pair.to_string());
            }
            told
        };
        assert_eq!(
            round("applied,live", 4),
            ["applied,rendered", "rendered,live", "applied,spec", "applied,live"]
        );
        assert_eq!(round("a-v1,a-v3", 2), ["a-v1,applied", "a-v1,rendered"]);
    }
}
