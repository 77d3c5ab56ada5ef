//! CUE as text: sources, tokens, tree, literals and formatting.
//!
//! Invariant: nothing here evaluates or resolves; a tree can be read, built, changed and printed
//! without a value in sight. Parsing never fails as a whole: it gives the tree it could read and the
//! errors it met.

pub mod ast;
mod error;
mod format;
mod install;
mod parser;
mod scanner;
pub mod source;
mod token;

pub use error::SyntaxError;
pub use format::{Style, format_expr, format_file};
pub use parser::{MAX_HEIGHT, MAX_NESTING, Mode, Parsed, parse_expr, parse_file};
pub use source::{Pos, Position, Rel, Source, SourceId, Sources, Span};
