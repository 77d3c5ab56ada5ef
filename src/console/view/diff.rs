//! A comparison: its lines, below or beside each other, and beside what changed who wrote it and when.

use ratatui::layout::Rect;

use super::age::age;
use super::canvas::Canvas;
use super::cells::Cells;
use crate::clean;
use crate::console::model::Model;
use crate::console::model::detail::{DiffKind, DiffLine};
use crate::console::term::clean::Clean;
use crate::console::update::diff::is_folded;

/// Columns of a writer that are worth showing.
const WRITER: usize = 14;
/// Columns that a line keeps for itself, whoever wrote it.
const OWN: usize = 24;

/// A line below the one before it.
pub(super) fn row(cells: &mut Cells<'_, '_>, line: &DiffLine, model: &Model) {
    let area = Rect { x: 2, width: cells.area.width.saturating_sub(2), ..cells.area };
    side(cells.canvas, area, line, model);
}

/// Two lines beside each other.
pub(super) fn pair(
    cells: &mut Cells<'_, '_>,
    left: Option<&DiffLine>,
    right: Option<&DiffLine>,
    model: &Model,
) {
    let half = cells.area.width.saturating_sub(3) / 2;
    let area = Rect { x: 2, width: half.saturating_sub(1), ..cells.area };
    if let Some(line) = left {
        side(cells.canvas, area, line, model);
    }
    let bar = cells.canvas.either("│", "|");
    cells.canvas.own(cells.area, 2 + half, bar, "rule");
    let area = Rect { x: 4 + half, width: half.saturating_sub(1), ..cells.area };
    if let Some(line) = right {
        side(cells.canvas, area, line, model);
    }
}

fn side(canvas: &mut Canvas<'_>, area: Rect, line: &DiffLine, model: &Model) {
    let (mark, role) = match line.kind {
        DiffKind::Head => ("", "diff-head"),
        DiffKind::Same => ("  ", "muted"),
        DiffKind::Remove => ("- ", "diff-remove"),
        DiffKind::Add => ("+ ", "diff-add"),
    };
    let hidden = is_folded(&model.nav.place().folded, line);
    let text = clean![mark, &line.text, if hidden { "  (folded)" } else { "" }];
    let writer = writer(line, model);
    let width = usize::from(area.width);
    let room = width.saturating_sub(text.width().max(OWN) + 2);
    if writer.is_empty() || room < WRITER {
        words(canvas, area, (&text, mark.len()), line, role);
        return;
    }
    let writer = writer.middle(room);
    let right = area.right().saturating_sub(writer.width() as u16);
    let left = Rect { width: right.saturating_sub(area.x + 1), ..area };
    words(canvas, left, (&text, mark.len()), line, role);
    canvas.clean(area, right, &writer, "muted");
}

/// A line with the words in it that are not as they were; `before` bytes of the text are no part of it.
fn words(
    canvas: &mut Canvas<'_>,
    area: Rect,
    (text, before): (&Clean, usize),
    line: &DiffLine,
    role: &str,
) {
    canvas.clean(area, area.x, text, role);
    let Some((from, to)) = line.differs else { return };
    let width = usize::from(area.width);
    if let Some((head, word)) = text.part(before + from, before + to)
        && head.width() + word.width() < width
    {
        canvas.changed(area, area.x + head.width() as u16, &word, role);
    }
}

/// `kubectl-edit, 5m ago`.
fn writer(line: &DiffLine, model: &Model) -> Clean {
    match (line.who.is_empty(), line.when) {
        (true, _) => Clean::default(),
        (false, None) => line.who.clone(),
        (false, when) => clean![&line.who, ", ", &age(model.now, when), " ago"],
    }
}

/// A line and its writer, for the pane below the list.
pub(super) fn in_full(line: &DiffLine, model: &Model) -> Option<(Clean, Clean)> {
    let writer = writer(line, model);
    (!writer.is_empty()).then(|| (clean![&line.text, "   written by "], writer))
}
