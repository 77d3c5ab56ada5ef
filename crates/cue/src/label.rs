//! Labels of fields as small numbers, and the tables that give them their text.
//!
//! A label is a class (regular, list index, definition, hidden, hidden definition, let) and an index into a symbol
//! table; list indices are inline. A program freezes its table; a run extends it for labels computed at run time.

use std::sync::Arc;

use rustc_hash::FxHashMap;

const SHIFT: u32 = 29;
const MASK: u32 = (1 << SHIFT) - 1;

/// Largest list index a label can hold.
pub(crate) const MAX_INDEX: u32 = MASK - 1;

/// Class of a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LabelKind {
    Str,
    Int,
    Def,
    Hidden,
    HiddenDef,
    Let,
}

/// One label; `NONE` is no label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Label(u32);

impl Label {
    pub(crate) const NONE: Self = Self(0);

    pub(crate) fn new(kind: LabelKind, index: u32) -> Self {
        let class = match kind {
            LabelKind::Str => 1,
            LabelKind::Int => 2,
            LabelKind::Def => 3,
            LabelKind::Hidden => 4,
            LabelKind::HiddenDef => 5,
            LabelKind::Let => 6,
        };
        Self(class << SHIFT | (index & MASK))
    }

    pub(crate) fn int(index: u32) -> Self {
        Self::new(LabelKind::Int, index)
    }

    pub(crate) fn kind(self) -> Option<LabelKind> {
        Some(match self.0 >> SHIFT {
            1 => LabelKind::Str,
            2 => LabelKind::Int,
            3 => LabelKind::Def,
            4 => LabelKind::Hidden,
            5 => LabelKind::HiddenDef,
            6 => LabelKind::Let,
            _ => return None,
        })
    }

    pub(crate) fn index(self) -> u32 {
        self.0 & MASK
    }

    pub(crate) fn is_none(self) -> bool {
        self.0 == 0
    }

    pub(crate) fn is_str(self) -> bool {
        self.0 >> SHIFT == 1
    }

    pub(crate) fn is_int(self) -> bool {
        self.0 >> SHIFT == 2
    }

    /// A member of the value proper: string or index.
    pub(crate) fn is_regular(self) -> bool {
        self.is_str() || self.is_int()
    }

    /// A definition, hidden or not.
    pub(crate) fn is_def(self) -> bool {
        matches!(self.kind(), Some(LabelKind::Def | LabelKind::HiddenDef))
    }

    pub(crate) fn is_hidden(self) -> bool {
        matches!(self.kind(), Some(LabelKind::Hidden | LabelKind::HiddenDef))
    }

    pub(crate) fn is_let(self) -> bool {
        self.0 >> SHIFT == 6
    }
}

/// Text to index and back.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interner {
    map: FxHashMap<Arc<str>, u32>,
    names: Vec<Arc<str>>,
}

impl Interner {
    pub(crate) fn len(&self) -> u32 {
        self.names.len() as u32
    }

    pub(crate) fn find(&self, text: &str) -> Option<u32> {
        self.map.get(text).copied()
    }

    pub(crate) fn add(&mut self, text: &str) -> u32 {
        if let Some(at) = self.find(text) {
            return at;
        }
        let name: Arc<str> = text.into();
        let at = self.len();
        self.names.push(name.clone());
        self.map.insert(name, at);
        at
    }

    pub(crate) fn name(&self, at: u32) -> Option<&Arc<str>> {
        self.names.get(at as usize)
    }

    /// The label of an identifier in the given package (hidden names belong to their package).
    pub(crate) fn ident(&mut self, name: &str, package: &str) -> Label {
        let (kind, hidden) = match name {
            n if n.starts_with("_#") => (LabelKind::HiddenDef, true),
            n if n.starts_with('_') => (LabelKind::Hidden, true),
            n if n.starts_with('#') => (LabelKind::Def, false),
            _ => (LabelKind::Str, false),
        };
        let at = if hidden { self.add(&hidden_name(name, package)) } else { self.add(name) };
        Label::new(kind, at)
    }

    pub(crate) fn string(&mut self, text: &str) -> Label {
        let at = self.add(text);
        Label::new(LabelKind::Str, at)
    }
}

/// Text under which a hidden name of a package is interned.
pub(crate) fn hidden_name(name: &str, package: &str) -> String {
    format!("{name}\0{package}")
}

/// The name as written, without its package.
pub(crate) fn visible(name: &str) -> &str {
    name.split('\0').next().unwrap_or(name)
}
