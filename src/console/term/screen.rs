//! From cells to bytes: the difference of two frames, in one write.
//!
//! A thin terminal of our own over ratatui's buffers: a frame without a difference writes nothing,
//! and the bytes of every frame are counted.

use std::io::{self, Write};

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr;

/// What was written since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Frames that had a difference.
    pub frames: u64,
    /// Bytes written.
    pub bytes: u64,
}

/// The frame on the terminal, and the next one.
#[derive(Debug)]
pub struct Screen {
    shown: Buffer,
    whole: bool,
    counters: Counters,
    /// Where the terminal's own cursor is, if it is anywhere.
    cursor: Option<(u16, u16)>,
    /// Whether frames are bracketed as synchronized output.
    pub synchronized: bool,
}

impl Screen {
    /// A screen of a size; the first frame is written whole.
    #[must_use]
    pub fn new(width: u16, height: u16) -> Self {
        Self {
            shown: Buffer::empty(Rect::new(0, 0, width, height)),
            whole: true,
            counters: Counters::default(),
            cursor: None,
            synchronized: true,
        }
    }

    /// Another size: the next frame is written whole.
    pub fn resize(&mut self, width: u16, height: u16) {
        self.shown = Buffer::empty(Rect::new(0, 0, width, height));
        self.whole = true;
    }

    /// Writes the next frame whole.
    pub fn redraw(&mut self) {
        self.resize(self.shown.area.width, self.shown.area.height);
    }

    /// The area to paint on.
    #[must_use]
    pub fn area(&self) -> Rect {
        self.shown.area
    }

    /// What was written so far.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Shows the next frame: its difference, in one write; nothing when there is none.
    ///
    /// # Errors
    /// When the terminal cannot be written.
    pub fn show(&mut self, next: Buffer, out: &mut impl Write) -> io::Result<usize> {
        self.show_at(next, None, out)
    }

    /// The same, with the terminal's own cursor at a place.
    ///
    /// # Errors
    /// As [`Screen::show`].
    pub fn show_at(
        &mut self,
        next: Buffer,
        at: Option<(u16, u16)>,
        out: &mut impl Write,
    ) -> io::Result<usize> {
        let mut bytes = self.bytes(&next);
        self.shown = next;
        self.whole = false;
        // Whoever reads the screen aloud follows the terminal's own cursor.
        if let Some((x, y)) = at.filter(|_| !bytes.is_empty() || at != self.cursor) {
            bytes.extend(format!("\x1b[{};{}H\x1b[?25h", y + 1, x + 1).bytes());
        }
        self.cursor = at;
        if bytes.is_empty() {
            return Ok(0);
        }
        self.counters.frames += 1;
        self.counters.bytes += bytes.len() as u64;
        out.write_all(&bytes)?;
        out.flush()?;
        Ok(bytes.len())
    }

    /// How many cells of a row differ from `x` on.
    fn changes_after(&self, next: &Buffer, x: u16, y: u16) -> usize {
        let (before, after) = (row(&self.shown, y), row(next, y));
        let pairs = before.iter().zip(after).skip(usize::from(x));
        pairs.filter(|(before, after)| before != after).count()
    }

    fn bytes(&self, next: &Buffer) -> Vec<u8> {
        let mut pen = Pen::default();
        if self.whole {
            pen.out.push_str("\x1b[0m\x1b[2J");
        }
        let mut erased = None;
        // Cells come row by row.
        let mut blank = (None, 0);
        for (x, y, cell) in self.shown.diff(next) {
            if erased == Some(y) {
                continue;
            }
            if blank.0 != Some(y) {
                blank = (Some(y), tail(next, y));
            }
            let tail = blank.1;
            // The rest of the row is blank: one sequence instead of a blank for each cell.
            if x >= tail && self.changes_after(next, x, y) > ERASE_FROM {
                pen.erase(tail.max(x), y);
                erased = Some(y);
                continue;
            }
            pen.near(next, x, y);
            pen.put(x, y, cell);
        }
        if pen.out.is_empty() {
            return Vec::new();
        }
        pen.end();
        if self.synchronized {
            format!("\x1b[?2026h{}\x1b[?2026l", pen.out).into_bytes()
        } else {
            pen.out.into_bytes()
        }
    }
}

/// Blanks up to this number are written as such.
const ERASE_FROM: usize = 3;
/// Cells up to this number are written again rather than jumped over: the jump is longer.
const JUMP_FROM: u16 = 3;

/// The column from which a row is blank.
fn tail(next: &Buffer, y: u16) -> u16 {
    let cells = row(next, y);
    let blank = cells.iter().rev().take_while(|cell| is_blank(cell)).count();
    let start = cells.len() - blank;
    // The second half of a wide symbol is blank as well.
    let wide = start > 0 && cells[start - 1].symbol().width() > 1;
    (start + usize::from(wide)) as u16
}

fn row(buffer: &Buffer, y: u16) -> &[Cell] {
    let width = usize::from(buffer.area.width);
    let start = width * usize::from(y);
    buffer.content.get(start..start + width).unwrap_or_default()
}

fn is_blank(cell: &Cell) -> bool {
    let decorated = Modifier::UNDERLINED | Modifier::REVERSED;
    cell.symbol() == " " && cell.bg == Color::Reset && !cell.modifier.intersects(decorated)
}

/// Where the terminal's cursor stands, and how it would write.
#[derive(Default)]
struct Pen {
    out: String,
    at: Option<(u16, u16)>,
    style: (Color, Color, Modifier),
    styled: bool,
}

impl Pen {
    /// Erases the rest of a row.
    fn erase(&mut self, x: u16, y: u16) {
        if self.at != Some((x, y)) {
            self.go(x, y);
        }
        // Terminals erase with what is behind the text.
        if self.style.1 != Color::Reset || self.style.2.contains(Modifier::REVERSED) {
            self.restyle((Color::Reset, Color::Reset, Modifier::empty()));
        }
        self.out.push_str("\x1b[K");
        self.at = Some((x, y));
    }

    /// Goes a few cells on by writing again what stands there.
    fn near(&mut self, next: &Buffer, x: u16, y: u16) {
        let Some((column, _)) = self.at.filter(|(column, row)| *row == y && *column < x) else {
            return;
        };
        let between = &row(next, y)[usize::from(column)..usize::from(x)];
        let plain = |cell: &Cell| {
            cell.symbol().is_ascii() && (cell.fg, cell.bg, cell.modifier) == self.style
        };
        if x - column <= JUMP_FROM && between.iter().all(plain) {
            between.iter().for_each(|cell| self.out.push_str(cell.symbol()));
            self.at = Some((x, y));
        }
    }

    fn put(&mut self, x: u16, y: u16, cell: &Cell) {
        if self.at != Some((x, y)) {
            self.go(x, y);
        }
        let style = (cell.fg, cell.bg, cell.modifier);
        if style != self.style {
            self.restyle(style);
        }
        let symbol = cell.symbol();
        self.out.push_str(symbol);
        // After a wide or doubtful symbol the cursor is placed anew: terminals disagree on widths.
        self.at = (symbol.is_ascii()).then_some((x + symbol.width() as u16, y));
    }

    fn go(&mut self, x: u16, y: u16) {
        match self.at {
            Some((column, row)) if row == y && x > column => {
                let right = x - column;
                if right == 1 {
                    self.out.push_str("\x1b[C");
                } else {
                    self.out.push_str(&format!("\x1b[{right}C"));
                }
            }
            _ if x == 0 => self.out.push_str(&format!("\x1b[{}H", y + 1)),
            _ => self.out.push_str(&format!("\x1b[{};{}H", y + 1, x + 1)),
        }
    }

    fn restyle(&mut self, (fg, bg, modifier): (Color, Color, Modifier)) {
        let mut codes = vec!["0".to_owned()];
        for (flag, code) in
            [(Modifier::BOLD, "1"), (Modifier::UNDERLINED, "4"), (Modifier::REVERSED, "7")]
        {
            if modifier.contains(flag) {
                codes.push(code.to_owned());
            }
        }
        codes.extend(colour(fg, 30));
        codes.extend(colour(bg, 40));
        let codes = if codes.len() == 1 { String::new() } else { codes.join(";") };
        self.out.push_str(&format!("\x1b[{codes}m"));
        self.style = (fg, bg, modifier);
        self.styled = codes != String::new();
    }

    fn end(&mut self) {
        if self.styled {
            self.out.push_str("\x1b[m");
        }
    }
}

/// The codes of a colour; `base` is 30 for the text and 40 for what is behind it.
fn colour(colour: Color, base: u8) -> Option<String> {
    let plain = |index: u8| Some((base + index).to_string());
    let bright = |index: u8| Some((base + 60 + index).to_string());
    match colour {
        Color::Reset => None,
        Color::Black => plain(0),
        Color::Red => plain(1),
        Color::Green => plain(2),
        Color::Yellow => plain(3),
        Color::Blue => plain(4),
        Color::Magenta => plain(5),
        Color::Cyan => plain(6),
        Color::Gray => plain(7),
        Color::DarkGray => bright(0),
        Color::LightRed => bright(1),
        Color::LightGreen => bright(2),
        Color::LightYellow => bright(3),
        Color::LightBlue => bright(4),
        Color::LightMagenta => bright(5),
        Color::LightCyan => bright(6),
        Color::White => bright(7),
        Color::Indexed(index) => Some(format!("{};5;{index}", base + 8)),
        Color::Rgb(r, g, b) => Some(format!("{};2;{r};{g};{b}", base + 8)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::style::Style;

    fn frame(text: &str) -> Buffer {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 20, 2));
        buffer.set_string(0, 0, text, Style::default());
        buffer
    }

    #[test]
    fn a_frame_without_a_difference_writes_nothing() {
        let mut screen = Screen::new(20, 2);
        let mut out = Vec::new();
        assert!(screen.show(frame("hello"), &mut out).is_ok_and(|bytes| bytes > 0));
        assert!(screen.show(frame("hello"), &mut out).is_ok_and(|bytes| bytes == 0));
        assert_eq!(screen.counters().frames, 1);
    }

    #[test]
    fn only_the_difference_is_written() {
        let mut screen = Screen::new(20, 2);
        screen.synchronized = false;
        let mut out = Vec::new();
        screen.show(frame("hello"), &mut out).expect("a vector takes bytes");
        out.clear();
        screen.show(frame("hellO"), &mut out).expect("a vector takes bytes");
        assert_eq!(String::from_utf8_lossy(&out), "\x1b[1;5HO");
    }

    #[test]
    fn the_rest_of_a_row_is_erased_and_short_gaps_are_written() {
        let mut screen = Screen::new(20, 2);
        screen.synchronized = false;
        let mut shown = |text: &str| {
            let mut out = Vec::new();
            screen.show(frame(text), &mut out).expect("a vector takes bytes");
            String::from_utf8_lossy(&out).into_owned()
        };
        shown("hello you there");
        assert_eq!(shown("hello"), "\x1b[1;7H\x1b[K");
        assert_eq!(shown("jelli"), "\x1b[1Hjelli");
        assert_eq!(shown("j日"), "\x1b[1;2H日\x1b[1;4H  ");
        assert_eq!(shown("j"), "\x1b[1;2H ");
    }
}
