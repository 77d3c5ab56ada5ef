//! Label and field selectors: their grammar as clients write it, and their meaning.
//!
//! `!=` and `notin` also match objects that lack the key. Field selectors know only `=`, `==` and
//! `!=`, and only the fields a kind supports.

mod fields;
mod labels;

pub(crate) use fields::FieldSelector;
pub(crate) use labels::{LabelSelector, label_text};
