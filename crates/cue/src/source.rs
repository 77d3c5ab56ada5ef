//! From text to a parsed input with its messages.

use std::sync::Arc;

use crate::compile::Input;
use crate::error::{Message, Position};
use crate::syntax;

/// Parses a text. The tree is usable when there are no messages.
pub(crate) fn parse(name: &str, text: &str) -> (Input, Vec<Message>) {
    let parsed = syntax::parse_file(syntax::SourceId::default(), text, syntax::Mode::All);
    let messages = parsed
        .errors
        .iter()
        .map(|e| Message {
            path: String::new(),
            text: e.message.clone(),
            positions: e.pos.offset().map(|o| position(name, text, o)).into_iter().collect(),
        })
        .collect();
    (Input { name: name.into(), text: text.into(), file: Arc::new(parsed.tree) }, messages)
}

/// A byte offset as line and column.
pub(crate) fn position(name: &str, text: &str, offset: u32) -> Position {
    let (line, column) = syntax::source::line_column(text, offset);
    Position { file: name.into(), line, column }
}
