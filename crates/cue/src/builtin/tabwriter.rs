//! `text/tabwriter`: cells end in tabs; a column, as far as lines without a break have it, is as wide as its widest
//! cell and a space.

use super::args::*;
use crate::data::Data;
use crate::func::{CallError, CallResult, Package};
use crate::kind::Kind;

/// Spaces after the widest cell.
const PADDING: usize = 1;

pub(super) const PACKAGE: Package = Package {
    path: "text/tabwriter",
    functions: &[data("Write", &[TOP], Kind::STRING, write)],
    values: "",
};

fn write(a: &[Data]) -> CallResult {
    let mut w = Writer::default();
    match &a[0] {
        Data::Str(_) | Data::Bytes(_) => w.add(&String::from_utf8_lossy(octets(a, 0))),
        Data::List(lines) => {
            for line in lines.iter() {
                match line {
                    Data::Str(s) => w.add(s),
                    Data::Bytes(b) => w.add(&String::from_utf8_lossy(b)),
                    other => {
                        let (shown, kind) = (other.to_json(), other.kind());
                        return Err(CallError::fatal(format!(
                            "cannot use value {shown} (type {kind}) as string|bytes"
                        )));
                    }
                }
                w.add("\n");
            }
        }
        other => {
            let kind = other.kind();
            return Err(CallError::fatal(format!("tabwriter.Write: unsupported type {kind}")));
        }
    }
    w.flush();
    text(w.out)
}

/// Lines of cells; the last cell of a line is what follows its last tab.
struct Writer {
    out: String,
    lines: Vec<Vec<String>>,
}

impl Default for Writer {
    fn default() -> Self {
        Self { out: String::new(), lines: vec![vec![String::new()]] }
    }
}

impl Writer {
    fn add(&mut self, text: &str) {
        for c in text.chars() {
            let Some(line) = self.lines.last_mut() else { return };
            match c {
                '\t' | '\u{b}' => line.push(String::new()),
                '\n' | '\u{c}' => {
                    let alone = line.len() == 1;
                    self.lines.push(vec![String::new()]);
                    if alone || c == '\u{c}' {
                        self.flush();
                    }
                }
                c => {
                    if let Some(cell) = line.last_mut() {
                        cell.push(c);
                    }
                }
            }
        }
    }

    fn flush(&mut self) {
        let lines = std::mem::replace(&mut self.lines, vec![vec![String::new()]]);
        format(&mut self.out, &lines, &mut Vec::new(), 0..lines.len());
    }
}

/// Lays out lines whose columns to the left have known widths.
fn format(
    out: &mut String,
    lines: &[Vec<String>],
    widths: &mut Vec<usize>,
    range: std::ops::Range<usize>,
) {
    let column = widths.len();
    let has = |line: &Vec<String>| column + 1 < line.len();
    let (mut done, mut at) = (range.start, range.start);
    while at < range.end {
        if !has(&lines[at]) {
            at += 1;
            continue;
        }
        write_lines(out, lines, widths, done..at);
        let start = at;
        let mut width = 0;
        while at < range.end && has(&lines[at]) {
            width = width.max(lines[at][column].chars().count() + PADDING);
            at += 1;
        }
        widths.push(width);
        stacker::maybe_grow(32 << 10, 1 << 20, || format(out, lines, widths, start..at));
        widths.pop();
        done = at;
    }
    write_lines(out, lines, widths, done..range.end);
}

fn write_lines(
    out: &mut String,
    lines: &[Vec<String>],
    widths: &[usize],
    range: std::ops::Range<usize>,
) {
    for at in range {
        for (j, cell) in lines[at].iter().enumerate() {
            out.push_str(cell);
            if let Some(width) =
                widths.get(j).filter(|_| j + 1 < lines[at].len() || !cell.is_empty())
            {
                let pad = width.saturating_sub(cell.chars().count());
                out.extend(std::iter::repeat_n(' ', pad));
            }
        }
        if at + 1 < lines.len() {
            out.push('\n');
        }
    }
}
