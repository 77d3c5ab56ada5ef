//! White space that is wanted between two tokens, and what overrides it.

use std::ops::{BitAnd, BitOr, BitOrAssign, Not};

/// A set of wishes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Space(u32);

impl Space {
    pub(super) const NONE: Self = Self(0);
    pub(super) const BLANK: Self = Self(1);
    /// The end of a cell: what follows is aligned with the same column of the lines around.
    pub(super) const CELL: Self = Self(1 << 1);
    pub(super) const NO_BLANK: Self = Self(1 << 2);
    /// The position of the next token does not matter.
    pub(super) const FIXED: Self = Self(1 << 3);
    pub(super) const COMMA: Self = Self(1 << 4);
    /// No comma unless a line end follows.
    pub(super) const LAST_COMMA: Self = Self(1 << 5);
    /// A comma between declarations unless a line end follows.
    pub(super) const DECL_COMMA: Self = Self(1 << 6);
    pub(super) const NEWLINE: Self = Self(1 << 7);
    /// A line end that ends alignment too.
    pub(super) const BREAK: Self = Self(1 << 8);
    /// An empty line.
    pub(super) const SECTION: Self = Self(1 << 9);
    /// One level deeper from the next line on.
    pub(super) const INDENT: Self = Self(1 << 10);
    pub(super) const UNINDENT: Self = Self(1 << 11);
    /// On the stack of levels: the level took effect.
    pub(super) const INDENTED: Self = Self(1 << 12);

    pub(super) const LINES: Self = Self(Self::NEWLINE.0 | Self::BREAK.0 | Self::SECTION.0);

    pub(super) fn has(self, any: Self) -> bool {
        self.0 & any.0 != 0
    }
}

impl BitOr for Space {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for Space {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

impl BitAnd for Space {
    type Output = Self;
    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl Not for Space {
    type Output = Self;
    fn not(self) -> Self {
        Self(!self.0)
    }
}
