//! The CUE language in native Rust: parse, compile, evaluate, export.
//!
//! Claim: this crate knows nothing of Kubernetes and does no I/O. It follows evaluator v3 of the
//! reference implementation at v0.14.1.
//!
//! A template is compiled once and evaluated many times; inputs enter as data, never as text, and
//! every evaluation runs under a budget.
//!
//! ```
//! use mizzen_cue::{Context, Source};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let context = Context::builder().build();
//! let template = context.compile(&[Source::new(
//!     "greeting.cue",
//!     "parameter: {name: string, times: *1 | int}\noutput: text: parameter.name * parameter.times",
//! )])?;
//! let value = template.eval().fill("parameter", &serde_json::json!({"name": "hi "})).run()?;
//! assert_eq!(value.lookup("output.text").as_str().as_deref(), Some("hi "));
//! # Ok(())
//! # }
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
mod re2;
mod registry;
mod source;
pub mod syntax;
mod value;
mod view;
mod yaml;

pub use context::{Builder, Context, Evaluation, Source, Template};
pub use error::{Class, Error, Message, Messages, Position};
pub use limits::Limits;
pub use path::{Path, Selector};
pub use value::{Field, Fields, Validate, Value};
pub use view::View;
