//! Cells to write on. The only way to put a text into a cell, and it takes clean text alone.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use crate::console::model::State;
use crate::console::model::theme::Theme;
use crate::console::term::clean::Clean;

/// A frame in the making.
pub struct Canvas<'a> {
    buffer: Buffer,
    theme: &'a Theme,
    /// Whether glyphs are ASCII.
    pub ascii: bool,
}

impl<'a> Canvas<'a> {
    /// An empty frame.
    #[must_use]
    pub fn new((width, height): (u16, u16), theme: &'a Theme, ascii: bool) -> Self {
        Self { buffer: Buffer::empty(Rect::new(0, 0, width, height)), theme, ascii }
    }

    /// The frame.
    #[must_use]
    pub fn done(self) -> Buffer {
        self.buffer
    }

    /// Writes words of our own from `x` to the right edge of `area` at most; gives the column after.
    pub fn own(&mut self, area: Rect, x: u16, words: &'static str, role: &str) -> u16 {
        self.put(area, x, words, self.theme.role(role))
    }

    /// Writes a clean text; what does not fit ends in an ellipsis. Gives the column after.
    pub fn clean(&mut self, area: Rect, x: u16, text: &Clean, role: &str) -> u16 {
        let room = usize::from(area.right().saturating_sub(x));
        let text = text.cut(room);
        self.put(area, x, &self.plain(text), self.theme.role(role))
    }

    /// Writes words of a line that are not as they were; more than a colour tells them from the rest.
    pub fn changed(&mut self, area: Rect, x: u16, text: &Clean, role: &str) -> u16 {
        let room = usize::from(area.right().saturating_sub(x));
        let style = self.theme.role(role).add_modifier(Modifier::BOLD | Modifier::UNDERLINED);
        self.put(area, x, &self.plain(text.cut(room)), style)
    }

    /// Writes the glyph of a state.
    pub fn glyph(&mut self, area: Rect, x: u16, state: State) -> u16 {
        self.own(area, x, state.glyph(self.ascii), state.role())
    }

    /// The mark of the row under the cursor, and all that tells it from the others: a row that is painted
    /// differently as a whole costs several times the bytes of a mark for each step.
    pub fn cursor(&mut self, area: Rect) {
        self.own(area, area.x, if self.ascii { ">" } else { "▌" }, "cursor");
    }

    /// One of two words: with glyphs, or in ASCII.
    #[must_use]
    pub fn either(&self, glyphs: &'static str, ascii: &'static str) -> &'static str {
        if self.ascii { ascii } else { glyphs }
    }

    fn plain(&self, text: String) -> String {
        if self.ascii { text.replace('…', "~") } else { text }
    }

    fn put(&mut self, area: Rect, x: u16, text: &str, style: Style) -> u16 {
        let inside = area.y < self.buffer.area.bottom() && area.height > 0;
        if !inside || x >= area.right() {
            return x;
        }
        let room = usize::from(area.right() - x);
        let (after, _) = self.buffer.set_stringn(x, area.y, text, room, style);
        after
    }
}
