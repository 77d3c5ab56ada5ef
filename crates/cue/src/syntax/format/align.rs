//! Alignment in columns: a cell is as wide as the widest of its column, as far as neighbouring lines have that column.
//!
//! Lines begin with cells for their indentation, which become tabs; columns that nobody filled take no room.

const TAB: usize = 8;
const PADDING: usize = 1;

#[derive(Default)]
struct Cell {
    text: String,
    width: usize,
    /// Ended by the tab of an indentation.
    hard: bool,
}

/// Takes text cell by cell, gives it back aligned.
pub(super) struct Aligner {
    out: String,
    lines: Vec<Vec<Cell>>,
}

impl Aligner {
    pub(super) fn new() -> Self {
        Self { out: String::new(), lines: vec![vec![Cell::default()]] }
    }

    fn cell(&mut self) -> &mut Cell {
        if self.lines.last().is_none_or(Vec::is_empty) {
            self.lines.push(vec![Cell::default()]);
        }
        let line = self.lines.len() - 1;
        let at = self.lines[line].len() - 1;
        &mut self.lines[line][at]
    }

    pub(super) fn text(&mut self, text: &str) {
        let cell = self.cell();
        cell.text.push_str(text);
        cell.width += text.chars().count();
    }

    /// Ends a cell.
    pub(super) fn end_cell(&mut self, hard: bool) {
        self.cell().hard = hard;
        if let Some(line) = self.lines.last_mut() {
            line.push(Cell::default());
        }
    }

    /// Ends a line; `apart` ends the columns too.
    pub(super) fn end_line(&mut self, apart: bool) {
        let alone = self.lines.last().is_none_or(|l| l.len() == 1);
        self.lines.push(vec![Cell::default()]);
        if apart || alone {
            self.flush();
        }
    }

    fn flush(&mut self) {
        let lines = std::mem::replace(&mut self.lines, vec![vec![Cell::default()]]);
        layout(&mut self.out, &lines, &mut Vec::new(), 0..lines.len());
    }

    pub(super) fn finish(mut self) -> String {
        self.flush();
        self.out
    }
}

type Range = std::ops::Range<usize>;

fn layout(out: &mut String, lines: &[Vec<Cell>], widths: &mut Vec<usize>, range: Range) {
    let column = widths.len();
    let has = |line: &Vec<Cell>| column + 1 < line.len();
    let (mut done, mut at) = (range.start, range.start);
    while at < range.end {
        if !has(&lines[at]) {
            at += 1;
            continue;
        }
        write_lines(out, lines, widths, done..at);
        let start = at;
        let (mut width, mut filled) = (0, false);
        while at < range.end && has(&lines[at]) {
            let cell = &lines[at][column];
            width = width.max(cell.width + PADDING);
            filled |= cell.width > 0 || cell.hard;
            at += 1;
        }
        widths.push(if filled { width } else { 0 });
        stacker::maybe_grow(32 << 10, 1 << 20, || layout(out, lines, widths, start..at));
        widths.pop();
        done = at;
    }
    write_lines(out, lines, widths, done..range.end);
}

fn write_lines(out: &mut String, lines: &[Vec<Cell>], widths: &[usize], range: Range) {
    for at in range {
        let mut tabs = true;
        let last = lines[at].len() - 1;
        for (j, cell) in lines[at].iter().enumerate() {
            let width = widths.get(j).copied();
            if cell.text.is_empty() {
                if let Some(width) = width.filter(|_| j < last) {
                    pad(out, cell.width, width, tabs);
                }
                continue;
            }
            tabs = false;
            out.push_str(&cell.text);
            if let Some(width) = width.filter(|_| j < last || at + 1 < lines.len()) {
                pad(out, cell.width, width, false);
            }
        }
        if at + 1 < lines.len() {
            out.push('\n');
        }
    }
}

fn pad(out: &mut String, have: usize, want: usize, tabs: bool) {
    let (c, n) = if tabs {
        ('\t', (want.div_ceil(TAB) * TAB).saturating_sub(have).div_ceil(TAB))
    } else {
        (' ', want.saturating_sub(have))
    };
    out.extend(std::iter::repeat_n(c, n));
}
