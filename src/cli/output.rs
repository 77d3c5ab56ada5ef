//! What commands print: tables for people, JSON and YAML for programs.
//!
//! Invariant: text from a cluster reaches a terminal only cleaned.

use clap::{Args, ValueEnum};
use serde_json::Value;

use super::say::{self, say};
use super::stop::Stop;
use crate::console::term::clean::Clean;

/// Form of the output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Form {
    /// For people.
    #[default]
    Table,
    /// For programs.
    Json,
    /// For programs and people.
    Yaml,
}

/// How to print.
#[derive(Clone, Copy, Debug, Default, Args)]
pub(super) struct Output {
    /// Form of the output
    #[arg(short, long, value_enum, default_value_t = Form::Table)]
    pub(super) output: Form,
}

impl Output {
    /// Prints a value, or the table of it.
    pub(super) fn print(self, value: &Value, table: impl FnOnce() -> Table) -> Result<(), Stop> {
        match self.output {
            Form::Table => say::text(&table().text()),
            Form::Json => say!("{}", json(value)),
            Form::Yaml => say::text(&yaml(value)?),
        }
        Ok(())
    }
}

/// Pretty JSON with every character escaped that a terminal or a reader could take for something else.
pub(super) fn json(value: &Value) -> String {
    escaped(&format!("{value:#}"))
}

/// Such characters are in strings only, where JSON and double-quoted YAML read the same escape.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => out.push(character),
            c if c.is_control() || misleads(c) => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
            c => out.push(c),
        }
    }
    out
}

/// Whether it changes the order of text, or takes no room.
fn misleads(character: char) -> bool {
    matches!(character,
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// YAML without a document marker.
pub(super) fn yaml(value: &Value) -> Result<String, Stop> {
    let text = serde_saphyr::to_string(value).map_err(|why| Stop::failed("writing YAML", why))?;
    Ok(if text.ends_with('\n') { text } else { format!("{text}\n") })
}

/// A table: a head and rows, each column as wide as its widest cell.
#[derive(Debug, Default)]
pub(super) struct Table {
    rows: Vec<Vec<Clean>>,
}

impl Table {
    pub(super) fn new(head: &[&str]) -> Self {
        Self { rows: vec![head.iter().map(|cell| Clean::new(cell)).collect()] }
    }

    /// Whether it has no rows below its head.
    pub(super) fn is_empty(&self) -> bool {
        self.rows.len() < 2
    }

    pub(super) fn row<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) {
        let shown = |cell: &str| Clean::sentence(if cell.is_empty() { "-" } else { cell });
        self.rows.push(cells.into_iter().map(shown).collect());
    }

    pub(super) fn text(&self) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            self.rows.iter().filter_map(|row| row.get(column)).map(Clean::width).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let line = |row: &Vec<Clean>| {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                line.push_str(cell.as_str());
                line.push_str(&" ".repeat(width + 3 - cell.width()));
            }
            format!("{}\n", line.trim_end())
        };
        self.rows.iter().map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_the_same_value_without_foreign_characters() {
        let value = serde_json::json!({"a\u{7f}": "\u{9b}31m\u{202e}\u{1b}[2J", "b": "ä\u{1f600}"});
        let text = json(&value);
        assert!(!text.chars().any(|c| c != '\n' && (c.is_control() || misleads(c))), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    }

    #[test]
    fn columns_line_up_and_text_is_cleaned() {
        let mut table = Table::new(&["NAME", "PHASE"]);
        table.row(["a-long-name", ""]);
        table.row(["b\u{1b}[2J", "running"]);
        let text = table.text();
        assert!(!text.contains('\u{1b}'), "{text:?}");
        assert_eq!(text.lines().next(), Some("NAME          PHASE"));
        assert_eq!(text.lines().nth(1), Some("a-long-name   -"));
    }
}
