//! Finished data: what inputs, arguments and results of functions, and exported values are made of.
//!
//! A `Data` is concrete through and through; schemas never appear in it. Numbers keep their exact text, structs
//! their order.

mod json;

pub(crate) use json::write_string;

use std::sync::Arc;

use crate::kind::Kind;
use crate::num::Num;

/// Lists and structs nested deeper than this are never made from a text or a value: writing and dropping them recurses.
pub(crate) const MAX_NESTING: u32 = 1_000;

/// A concrete tree. Cloning is cheap.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// `null`.
    Null,
    /// A truth value.
    Bool(bool),
    /// A number with its kind.
    Num(Num),
    /// Text.
    Str(Arc<str>),
    /// Octets.
    Bytes(Arc<[u8]>),
    /// A closed list.
    List(Arc<[Data]>),
    /// Regular fields in order.
    Struct(Arc<[(Arc<str>, Data)]>),
}

impl Data {
    /// Text.
    pub fn str(text: impl Into<Arc<str>>) -> Self {
        Self::Str(text.into())
    }

    /// An int.
    pub fn int(v: i64) -> Self {
        Self::Num(Num::int(v))
    }

    /// Octets.
    pub fn bytes(bytes: impl Into<Arc<[u8]>>) -> Self {
        Self::Bytes(bytes.into())
    }

    /// A list.
    pub fn list(items: impl IntoIterator<Item = Data>) -> Self {
        Self::List(items.into_iter().collect())
    }

    /// A struct with its fields in the given order.
    pub fn fields<K: Into<Arc<str>>>(fields: impl IntoIterator<Item = (K, Data)>) -> Self {
        Self::Struct(fields.into_iter().map(|(k, v)| (k.into(), v)).collect())
    }

    /// The kind.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Null => Kind::NULL,
            Self::Bool(_) => Kind::BOOL,
            Self::Num(n) if n.is_int() => Kind::INT,
            Self::Num(_) => Kind::FLOAT,
            Self::Str(_) => Kind::STRING,
            Self::Bytes(_) => Kind::BYTES,
            Self::List(_) => Kind::LIST,
            Self::Struct(_) => Kind::STRUCT,
        }
    }

    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(s) => Some(s),
            _ => None,
        }
    }

    /// One YAML document, byte for byte as the reference exports it.
    pub fn to_yaml(&self) -> String {
        crate::yaml::emit(self)
    }

    /// The documents of a YAML text, of which JSON is a kind, as the reference reads them.
    ///
    /// # Errors
    /// Why the text is no YAML, in the reference's words.
    pub fn from_yaml(text: &str) -> Result<Vec<Self>, String> {
        crate::yaml::documents(text).map_err(|why| why.message)
    }

    /// The value of a field.
    pub fn get(&self, name: &str) -> Option<&Data> {
        match self {
            Self::Struct(fields) => fields.iter().find(|(k, _)| &**k == name).map(|(_, v)| v),
            _ => None,
        }
    }
}
