//! One object: the facts of its summary, or its lines with who wrote them, folded where nobody looks.

use ratatui::layout::Rect;

use super::age::age;
use super::canvas::Canvas;
use super::cells::Cells;
use crate::clean;
use crate::console::model::Model;
use crate::console::model::object::{Fact, YamlLine};
use crate::console::term::clean::Clean;
use crate::console::update::object::is_folded;

/// Columns of the name of a fact, as a share of the line, and at most.
const NAME: (u16, u16) = (4, 30);
/// Columns that a line keeps for itself, whoever wrote it.
const OWN: usize = 34;
/// Columns of a writer that are worth showing.
const WRITER: usize = 12;

/// Paints whose summary or lines these are, in place of headings.
pub(super) fn head(canvas: &mut Canvas<'_>, area: Rect, model: &Model) {
    let Some((key, _)) = model.nav.app() else { return };
    let text = match &model.nav.place().object {
        Some(object) => {
            let name = format!("{}/{}", object.namespace, object.name);
            let name = Clean::new(name.trim_start_matches('/'));
            clean![&Clean::new(&object.kind), " ", &name, " in ", &Clean::new(&object.cluster)]
        }
        None => clean!["Application ", &Clean::new(&key.to_string())],
    };
    canvas.clean(area, 2, &text, "muted");
}

/// A fact of a summary; headings stand out.
pub(super) fn fact(cells: &mut Cells<'_, '_>, fact: &Fact, model: &Model) {
    let area = Rect { x: 2, width: cells.area.width.saturating_sub(2), ..cells.area };
    if fact.is_heading() {
        cells.canvas.clean(area, area.x, &fact.name, "title");
        return;
    }
    let name = (area.width / NAME.0).clamp(10, NAME.1);
    let cell = Rect { x: area.x + 2, width: name, ..area };
    cells.canvas.clean(cell, cell.x, &fact.name.middle(usize::from(name)), "muted");
    let mut x = cell.right() + 1;
    if let Some(state) = fact.state {
        x = cells.canvas.glyph(area, x, state);
        x = cells.canvas.own(area, x, " ", "muted");
    }
    let role = fact.state.map_or("text", |state| state.role());
    let when = match fact.when {
        None => Clean::default(),
        when => clean![&age(model.now, when), " ago"],
    };
    let room = usize::from(area.right().saturating_sub(x));
    if when.is_empty() {
        cells.canvas.clean(area, x, &fact.value, role);
    } else if fact.value.is_empty() {
        cells.canvas.clean(area, x, &when, role);
    } else if room > when.width() + 8 {
        let right = area.right().saturating_sub(when.width() as u16);
        let left = Rect { width: right.saturating_sub(area.x + 1), ..area };
        cells.canvas.clean(left, x, &fact.value, role);
        cells.canvas.clean(area, right, &when, "muted");
    } else {
        cells.canvas.clean(area, x, &fact.value, role);
    }
}

/// A line of an object; beside it who wrote it, where there is room.
pub(super) fn line(cells: &mut Cells<'_, '_>, line: &YamlLine, model: &Model) {
    let area = Rect { x: 2, width: cells.area.width.saturating_sub(2), ..cells.area };
    if is_folded(line, model.nav.place()) && model.nav.place().query.is_empty() {
        let more = cells.canvas.either(" … ", " ~ ");
        let x = cells.canvas.clean(area, area.x, &line.text, "text");
        let x = cells.canvas.own(area, x, more, "muted");
        let lines = clean![&Clean::number(line.below), " lines folded"];
        cells.canvas.clean(area, x, &lines, "muted");
        return;
    }
    let writer = writer(line, model);
    let width = usize::from(area.width);
    let room = width.saturating_sub(line.text.width().max(OWN) + 2);
    if writer.is_empty() || room < WRITER {
        cells.canvas.clean(area, area.x, &line.text, "text");
        return;
    }
    let writer = writer.middle(room);
    let right = area.right().saturating_sub(writer.width() as u16);
    cells.canvas.clean(area, area.x, &line.text, "text");
    cells.canvas.clean(area, right, &writer, "muted");
}

fn writer(line: &YamlLine, model: &Model) -> Clean {
    match (line.who.is_empty(), line.when) {
        (true, _) => Clean::default(),
        (false, None) => line.who.clone(),
        (false, when) => clean![&line.who, ", ", &age(model.now, when)],
    }
}

/// Where a line stands, and who wrote it, for the pane below the list.
pub(super) fn in_full(line: &YamlLine, model: &Model) -> Option<(Clean, Clean)> {
    let writer = writer(line, model);
    let path = Clean::new(&line.path);
    match writer.is_empty() {
        true => Some((path, Clean::default())),
        false => Some((clean![&path, ", written by "], clean![&writer, " ago"])),
    }
}
