//! What the hub knows of the built-in kinds: their fields, defaults, rules and table columns.
//!
//! Everything works on JSON values and on facts that are read from one text file, so one server path
//! serves every kind. Invariant: a value that went through [`Schema::normalize`] is written exactly
//! as a real server writes it (order, empty fields, canonical quantities). Knows nothing of
//! storage, HTTP or custom resources.

mod admission;
mod decode;
mod defaults;
mod facts;
mod intstr;
mod node;
mod quantity;
mod table;
mod time;
mod validate;

pub use admission::{Allocator, admit};
pub use decode::{DecodeError, Normalized};
pub use defaults::apply_defaults;
pub use facts::{
    Field, FieldType, KindFacts, ListKind, Schema, SubresourceFacts, TypeFacts, TypeId,
};
pub use intstr::{int_value, scaled};
pub use node::Node;
pub use quantity::Quantity;
pub use table::{Column, Row, columns, custom_age, row};
pub use time::{human_duration, parse_time, translate_age};
pub use validate::{
    FieldError, FieldErrorType, Schedule, finalizer_warnings, parse_schedule, selector_matches,
    validate, validate_metadata, validate_update,
};
pub(crate) use validate::{label_value, qualified_name};
