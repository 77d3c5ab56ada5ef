//! Named source texts and positions in them.
//!
//! A position is a small copyable value: which source, which byte, and how the token was
//! separated from the one before it. Lines and columns are worked out on demand only.
//! Invariant: a `Pos` never needs the table to be compared or copied.

use std::fmt;
use std::sync::Arc;

/// White space between a token and the token before it; the formatter keeps to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rel {
    /// Nothing is known: the node was not made by the parser.
    #[default]
    None,
    /// The token is not in the text (a comma implied by a line end).
    Elided,
    /// The token follows without white space.
    NoSpace,
    /// The token follows after blanks on the same line.
    Blank,
    /// The token starts the next line.
    Newline,
    /// At least one empty line lies between the tokens.
    Section,
}

/// Index of a source in a [`Sources`] table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub u16);

/// Place of a token: source, byte offset, and its relative position.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Pos {
    offset: u32,
    source: SourceId,
    rel: Rel,
}

const NO_OFFSET: u32 = u32::MAX;

impl Pos {
    /// No place at all and nothing known about spacing.
    pub const NONE: Pos = Pos { offset: NO_OFFSET, source: SourceId(0), rel: Rel::None };

    /// A place in a source.
    pub fn new(source: SourceId, offset: u32, rel: Rel) -> Pos {
        Pos { offset, source, rel }
    }

    /// A position of a generated node that only says how it is separated from what precedes it.
    pub fn relative(rel: Rel) -> Pos {
        Pos { rel, ..Pos::NONE }
    }

    /// True when the position points into a source.
    pub fn is_some(self) -> bool {
        self.offset != NO_OFFSET
    }

    /// True when there is a place or at least a relative position.
    pub fn is_valid(self) -> bool {
        self.is_some() || self.rel != Rel::None
    }

    /// Byte offset in the source.
    pub fn offset(self) -> Option<u32> {
        self.is_some().then_some(self.offset)
    }

    /// The source pointed into.
    pub fn source(self) -> Option<SourceId> {
        self.is_some().then_some(self.source)
    }

    /// The relative position.
    pub fn rel(self) -> Rel {
        self.rel
    }

    /// True when the token starts a line.
    pub fn is_newline(self) -> bool {
        self.rel >= Rel::Newline
    }

    /// The same place with another relative position.
    pub fn with_rel(self, rel: Rel) -> Pos {
        Pos { rel, ..self }
    }

    /// The place `n` bytes further on; a position without a place stays as it is.
    pub fn after(self, n: usize) -> Pos {
        if !self.is_some() {
            return self;
        }
        let n = u32::try_from(n).unwrap_or(0);
        Pos { offset: self.offset.saturating_add(n).min(NO_OFFSET - 1), ..self }
    }
}

impl Default for Pos {
    fn default() -> Pos {
        Pos::NONE
    }
}

impl fmt::Debug for Pos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.offset() {
            Some(offset) => write!(f, "{}:{}({:?})", self.source.0, offset, self.rel),
            None => write!(f, "-({:?})", self.rel),
        }
    }
}

/// A range of one source, end exclusive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Span {
    /// Where the node starts.
    pub start: Pos,
    /// Just past its last byte.
    pub end: Pos,
}

/// A readable place: name of the source, line and column, both counted from 1 (columns in bytes).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// Name the source was added under.
    pub name: Arc<str>,
    /// Line, from 1.
    pub line: u32,
    /// Byte column, from 1.
    pub column: u32,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.name, self.line, self.column)
    }
}

/// One named text.
#[derive(Clone, Debug)]
pub struct Source {
    /// Name shown in messages (often a file name).
    pub name: Arc<str>,
    /// The text.
    pub text: Arc<str>,
}

/// The table that positions refer to.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    list: Vec<Source>,
}

impl Sources {
    /// An empty table.
    pub fn new() -> Sources {
        Sources::default()
    }

    /// Adds a source. More than 65 536 sources share the last id: their positions are then wrong,
    /// nothing else.
    pub fn add(&mut self, name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> SourceId {
        let id = SourceId(u16::try_from(self.list.len()).unwrap_or(u16::MAX));
        self.list.push(Source { name: name.into(), text: text.into() });
        id
    }

    /// The source of an id.
    pub fn get(&self, id: SourceId) -> Option<&Source> {
        self.list.get(usize::from(id.0))
    }

    /// All sources in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = &Source> {
        self.list.iter()
    }

    /// Line and column of a position, if it points into a source of this table.
    pub fn position(&self, pos: Pos) -> Option<Position> {
        let source = self.get(pos.source()?)?;
        let (line, column) = line_column(&source.text, pos.offset()?);
        Some(Position { name: source.name.clone(), line, column })
    }
}

/// Line and byte column (both from 1) of a byte offset.
pub fn line_column(text: &str, offset: u32) -> (u32, u32) {
    let end = (offset as usize).min(text.len());
    let before = &text.as_bytes()[..end];
    let lines = before.iter().filter(|b| **b == b'\n').count();
    let start = before.iter().rposition(|b| *b == b'\n').map_or(0, |i| i + 1);
    (to_u32(lines) + 1, to_u32(end - start) + 1)
}

fn to_u32(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_lines_and_columns() {
        let mut sources = Sources::new();
        let id = sources.add("a.cue", "a: 1\n\nbc: 2");
        for (offset, want) in
            [(0, "a.cue:1:1"), (4, "a.cue:1:5"), (5, "a.cue:2:1"), (7, "a.cue:3:2")]
        {
            let at = sources.position(Pos::new(id, offset, Rel::None)).map(|p| p.to_string());
            assert_eq!(at.as_deref(), Some(want));
        }
        assert_eq!(sources.position(Pos::NONE), None);
    }
}
