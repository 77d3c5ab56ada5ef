//! Kinds of CUE values as a bit mask, and how they are written in messages.

use std::fmt;
use std::ops::{BitAnd, BitAndAssign, BitOr, BitOrAssign, Not};

/// A set of kinds; the empty set is bottom, the full set is top.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Kind(pub u16);

impl Kind {
    /// No kind at all: an error.
    pub const BOTTOM: Self = Self(0);
    /// `null`.
    pub const NULL: Self = Self(1);
    /// `true`, `false`.
    pub const BOOL: Self = Self(2);
    /// Whole numbers.
    pub const INT: Self = Self(4);
    /// Numbers written with a fraction or exponent.
    pub const FLOAT: Self = Self(8);
    /// Unicode text.
    pub const STRING: Self = Self(16);
    /// Octets.
    pub const BYTES: Self = Self(32);
    /// Functions.
    pub const FUNC: Self = Self(64);
    /// Lists.
    pub const LIST: Self = Self(128);
    /// Structs.
    pub const STRUCT: Self = Self(256);
    /// Int or float.
    pub const NUMBER: Self = Self(12);
    /// Everything.
    pub const TOP: Self = Self(511);
    /// Kinds that have no elements.
    pub const SCALAR: Self = Self(63);
    /// Lists and structs.
    pub const COMPOSITE: Self = Self(384);

    /// Whether no kind is left.
    pub fn is_bottom(self) -> bool {
        self.0 == 0
    }

    /// Whether the two sets share a kind.
    pub fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether every kind of `other` is in this set.
    pub fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// Names in the order they are listed; `number` is the last.
const NAMES: [(Kind, &str); 9] = [
    (Kind::NULL, "null"),
    (Kind::BOOL, "bool"),
    (Kind::INT, "int"),
    (Kind::FLOAT, "float"),
    (Kind::STRING, "string"),
    (Kind::BYTES, "bytes"),
    (Kind::FUNC, "func"),
    (Kind::LIST, "list"),
    (Kind::STRUCT, "struct"),
];

/// One name, `(a|b)` for several, `_` for top, `_|_` for bottom.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::BOTTOM => return f.write_str("_|_"),
            Self::TOP => return f.write_str("_"),
            _ => {}
        }
        let number = self.contains(Self::NUMBER);
        let mut rest = if number { *self & !Self::NUMBER } else { *self };
        let mut names = Vec::new();
        for (kind, name) in NAMES {
            if rest.contains(kind) {
                names.push(name);
                rest &= !kind;
            }
        }
        if number {
            names.push("number");
        }
        if names.len() == 1 { f.write_str(names[0]) } else { write!(f, "({})", names.join("|")) }
    }
}

impl BitAnd for Kind {
    type Output = Self;
    fn bitand(self, rhs: Self) -> Self {
        Self(self.0 & rhs.0)
    }
}

impl BitOr for Kind {
    type Output = Self;
    fn bitor(self, rhs: Self) -> Self {
        Self(self.0 | rhs.0)
    }
}

impl BitAndAssign for Kind {
    fn bitand_assign(&mut self, rhs: Self) {
        self.0 &= rhs.0;
    }
}

impl BitOrAssign for Kind {
    fn bitor_assign(&mut self, rhs: Self) {
        self.0 |= rhs.0;
    }
}

impl Not for Kind {
    type Output = Self;
    fn not(self) -> Self {
        Self(!self.0 & Self::TOP.0)
    }
}
