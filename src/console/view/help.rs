//! The help page, made from the keymap that is loaded.

use ratatui::layout::Rect;

use super::canvas::Canvas;
use super::hints::key;
use super::layout::Layout;
use crate::clean;
use crate::console::model::action::RECORDS;
use crate::console::model::{Action, Model, State};
use crate::console::term::clean::Clean;

/// Paints the keys from the `offset`-th on, and what the glyphs mean.
pub(super) fn paint(canvas: &mut Canvas<'_>, layout: &Layout, model: &Model, offset: usize) {
    let body = layout.body();
    let columns: u16 = (body.width / 60).clamp(1, 3);
    let rows = usize::from(body.height.saturating_sub(2)).max(1);
    let per_page = rows * usize::from(columns);
    let first = offset.min(RECORDS.len().saturating_sub(per_page));
    let head = Rect { height: 1, ..body };
    let x = canvas.own(head, 0, "Keys", "title");
    let more = RECORDS.len().saturating_sub(first + per_page);
    if more > 0 {
        canvas.clean(head, x, &clean!["  ", &Clean::number(more as u32), " more below"], "muted");
    }
    let width = body.width / columns;
    for (index, record) in RECORDS.iter().skip(first).take(per_page).enumerate() {
        let x = (index / rows) as u16 * width;
        let y = body.y + 1 + (index % rows) as u16;
        let area = Rect::new(x, y, width.saturating_sub(1), 1);
        line(canvas, area, model, record);
    }
    legend(canvas, Rect::new(0, body.bottom().saturating_sub(1), body.width, 1));
}

fn line(canvas: &mut Canvas<'_>, area: Rect, model: &Model, record: &(Action, &str, &'static str)) {
    let (action, _, help) = record;
    let keys = key(model, *action);
    canvas.clean(Rect { width: area.width.min(14), ..area }, area.x, &keys, "key");
    canvas.clean(area, area.x + 15, &Clean::own(help), "text");
}

fn legend(canvas: &mut Canvas<'_>, area: Rect) {
    let mut x = area.x;
    for state in State::ALL {
        let text = clean![state.glyph(canvas.ascii), " ", state.word(), "  "];
        if usize::from(x) + text.width() > usize::from(area.right()) {
            break;
        }
        x = canvas.clean(area, x, &Clean::join([(&text).into()]), state.role());
    }
}
