//! Pure painting: a model, a theme and a size become cells. No sorting, no input or output, no clock.
//!
//! Invariant: only [`Clean`](super::term::clean::Clean) text and words of our own reach a cell. The top
//! line says where the person is, whatever stands in front.

pub mod age;
pub mod canvas;
mod cells;
mod context;
mod diff;
pub mod fields;
mod help;
mod hints;
pub mod layout;
pub mod linear;
mod list;
mod logs;
mod object;
mod picker;
mod pulse;
mod sheet;
mod title;

use ratatui::buffer::Buffer;

use super::model::Model;
use super::model::theme::Theme;
use super::update::rows::{cursor, rows};
use canvas::Canvas;
use layout::Layout;

/// The next frame.
#[must_use]
pub fn paint(model: &Model, theme: &Theme) -> Buffer {
    let mut canvas = Canvas::new(model.size, theme, model.ascii);
    let layout = Layout::of(model.size);
    context::paint(&mut canvas, layout.context, model);
    let mut under = None;
    if let Some(sheet) = &model.sheet {
        sheet::paint(&mut canvas, &layout, model, sheet);
    } else if let Some(picker) = &model.picker {
        picker::paint(&mut canvas, &layout, picker);
    } else if let Some(offset) = model.help {
        help::paint(&mut canvas, &layout, model, offset);
    } else {
        // There may be very many: they are listed once a frame.
        let rows = rows(model);
        let at = cursor(model.nav.place(), &rows);
        title::paint(&mut canvas, layout.title, model, rows.len());
        list::paint(&mut canvas, &layout, model, &rows, at);
        under = rows.get(at).copied();
    }
    hints::paint(&mut canvas, layout.hints, model, under);
    canvas.done()
}

/// Where the mark of the cursor's row is in a frame of ASCII: whoever reads the screen aloud follows the
/// terminal's own cursor there.
#[must_use]
pub fn marked(frame: &Buffer) -> Option<(u16, u16)> {
    let is_mark = |y: &u16| frame.cell((0, *y)).is_some_and(|cell| cell.symbol() == ">");
    (0..frame.area.height).find(is_mark).map(|y| (0, y))
}
