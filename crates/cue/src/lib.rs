//! The CUE language in native Rust: parse, compile, evaluate, export.
//!
//! Claim: this crate knows nothing of Kubernetes and does no I/O. It follows evaluator v3 of the
//! reference implementation at v0.14.1.
//!
//! # Shape of the public API (lands piece by piece in this order)
//!
//! ```ignore
//! let ctx = Context::builder().limits(Limits::default()).build();              // cheap to clone, Send + Sync
//! ctx.register_package("vela/op", &[Source::new("op.cue", text)])?;            // CUE source of an importable package
//! ctx.register_function("x/y", "Fn", &[Kind::STRING], Kind::INT, |args| ...);  // host function (Fn(&[Data]) -> CallResult)
//! let tpl: Template = ctx.compile(&[Source::new("webservice.cue", text)])?;    // compiled once; Arc inside, Send + Sync
//! let val: Value = tpl.eval()                                                  // evaluated many times
//!     .fill("parameter", &json)        // &serde_json::Value (or Data): enters as data, not as text, at the end of the
//!     .fill("context", &json)          // template's file: field order is as if `name: <JSON>` were appended there in order
//!     .run()?;                         // keeps its run alive; Clone, Send + Sync. Err only for budget, not for CUE errors
//!
//! val.lookup_path(&Path::parse("output.spec.#d._h.\"a-b\"[0]")?) -> Value      // missing: exists() is false, err() says why
//! val.lookup("output.spec") -> Value                                           // same, from text; a bad path is an error value
//! val.exists() val.err() -> Option<Error>  val.kind() val.incomplete_kind() -> Kind  val.is_concrete()  val.default() -> Value
//! val.fields(Fields::regular().optional(true).definitions(true).hidden(true)) -> Vec<Field>  // name, selector, is_optional, is_required, value, docs
//! val.list() -> Option<Vec<Value>>  val.len()  val.as_str() as_i64() as_f64() as_bool() as_bytes()
//! val.validate(Validate::default().concrete(true).is_final(true)) -> Result<(), Error>   // Error holds every message: errors()
//! val.fill_path(&path, json_or_value) -> Value   val.unify(&other) -> Value             // new values in the same run
//! val.walk(&mut before /* -> bool: descend */, &mut after)
//! val.to_json() -> Result<String, Error>  (byte-exact order)   val.to_data() -> Result<Data, Error>   val.to_serde() -> Result<serde_json::Value, Error>
//! val.docs() -> Vec<String>  (comment texts, `// +patchKey=name` included)  val.path() -> Path  val.pos() -> Option<Pos>
//! val.syntax() -> syntax::ast::Expr with comments, for patch merging
//! ```

mod builtin;
mod compile;
mod context;
pub mod data;
mod error;
mod eval;
pub mod func;
mod ir;
pub mod kind;
mod label;
mod label_text;
mod limits;
pub mod num;
mod path;
mod registry;
mod source;
pub mod syntax;
mod value;

pub use context::{Builder, Context, Evaluation, Source, Template};
pub use error::{Class, Error, Message, Messages, Position};
pub use limits::Limits;
pub use path::{Path, Selector};
pub use value::{Field, Fields, Validate, Value};
