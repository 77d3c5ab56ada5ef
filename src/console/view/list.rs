//! Rows under headings, the mark of the cursor, and the row under the cursor in full.

use ratatui::layout::Rect;

use super::canvas::Canvas;
use super::cells::{self, Column};
use super::layout::Layout;
use crate::clean;
use crate::console::model::detail::Part;
use crate::console::model::nav::Tab;
use crate::console::model::{Model, State, View};
use crate::console::term::clean::Clean;
use crate::console::update::rows::Row;

/// Paints the rows of the place on screen; the cursor is on the one at `at`.
pub(super) fn paint(
    canvas: &mut Canvas<'_>,
    layout: &Layout,
    model: &Model,
    rows: &[Row<'_>],
    at: usize,
) {
    let place = model.nav.place();
    let logs = matches!(place.view, View::App(_, Tab::Logs));
    if logs {
        super::logs::head(canvas, layout.headings, model);
    }
    let object = matches!(place.view, View::App(_, Tab::Info | Tab::Yaml));
    if object {
        super::object::head(canvas, layout.headings, model);
    }
    if rows.is_empty() {
        empty(canvas, layout.list, model);
        return;
    }
    if logs {
        super::logs::paint(canvas, layout, model, rows, at);
        detail(canvas, layout.detail, model, &rows[at.min(rows.len() - 1)]);
        return;
    }
    let columns = cells::columns(&place.view, layout.list.width);
    if !object {
        heading(canvas, layout.headings, &columns);
    }
    let offset = place.offset.min(rows.len().saturating_sub(1));
    for (line, row) in rows.iter().skip(offset).take(usize::from(layout.list.height)).enumerate() {
        let area = Rect { y: layout.list.y + line as u16, height: 1, ..layout.list };
        cells::paint(canvas, area, &columns, model, row);
        if !place.marks.is_empty() && place.marks.contains(&row.id(offset + line)) {
            canvas.own(area, area.x + 1, "*", "key");
        }
        if offset + line == at {
            canvas.cursor(area);
        }
    }
    if let Some(row) = rows.get(at) {
        detail(canvas, layout.detail, model, row);
    }
}

fn heading(canvas: &mut Canvas<'_>, area: Rect, columns: &[Column]) {
    for column in columns {
        let cell = Rect { x: column.x, width: column.width, ..area };
        canvas.own(cell, column.x, column.title, "muted");
    }
}

/// The row under the cursor in full, under a rule.
fn detail(canvas: &mut Canvas<'_>, area: Rect, model: &Model, row: &Row<'_>) {
    let Some((head, text)) = cells::in_full(model, row) else { return };
    if area.height < 2 {
        return;
    }
    let text = clean![&head, &text];
    let lines = text.wrap(usize::from(area.width.saturating_sub(2)), usize::from(area.height) - 1);
    for (line, text) in lines.iter().enumerate() {
        let area = Rect { y: area.y + 1 + line as u16, height: 1, ..area };
        canvas.clean(area, 2, text, "text");
    }
}

/// Why nothing is listed, and what to do.
fn empty(canvas: &mut Canvas<'_>, area: Rect, model: &Model) {
    let (text, state) = reason(model);
    let lines =
        text.wrap(usize::from(area.width.saturating_sub(4)), usize::from(area.height.max(1)));
    for (line, text) in lines.iter().enumerate() {
        let area = Rect { y: area.y + line as u16, height: 1, ..area };
        if line == 0 {
            canvas.glyph(area, 1, state);
        }
        canvas.clean(area, 3, text, "text");
    }
}

fn reason(model: &Model) -> (Clean, State) {
    let place = model.nav.place();
    if let View::App(key, tab) = &place.view {
        if !model.fleet.apps.contains_key(key) && model.fleet.complete {
            return (Clean::own("this application is gone"), State::Unknown);
        }
        return side(model, *tab);
    }
    if place.view == View::Journal && place.query.is_empty() {
        let text = match model.journal {
            Some(_) => "nothing was changed from here yet",
            None => "reading",
        };
        return (Clean::own(text), State::Unknown);
    }
    if let Some(error) = &model.fleet.error {
        return (clean!["the hub cannot be read: ", error], State::Degraded);
    }
    if !model.fleet.complete {
        return (Clean::own("reading from the hub"), State::Unknown);
    }
    if !place.query.is_empty() || place.trouble {
        return (Clean::own("nothing fits the filter; esc clears it"), State::Unknown);
    }
    match place.view {
        View::Inbox => quiet(model),
        _ => {
            (Clean::own("there is none; `mizzen up -f FILE` makes an application"), State::Unknown)
        }
    }
}

/// Nothing needs anyone, as far as somebody looks.
fn quiet(model: &Model) -> (Clean, State) {
    match model.fleet.unwatched.iter().next() {
        None => {
            let text = "nothing waits for you, nothing is broken and nothing drifted";
            (Clean::own(text), State::Healthy)
        }
        Some((cluster, why)) => {
            let cluster = Clean::new(cluster);
            let text = "nothing waits for you and nothing is broken; drift in ";
            (clean![text, &cluster, " is not watched: ", why], State::Unknown)
        }
    }
}

fn side(model: &Model, tab: Tab) -> (Clean, State) {
    let Some(detail) = &model.detail else { return (Clean::own("reading"), State::Unknown) };
    match tab {
        Tab::Tree => part(&detail.tree, "it has no resources yet"),
        Tab::Workflow => (Clean::own("its workflow has not begun"), State::Unknown),
        Tab::Diff => part(&detail.diff, "what runs is what was applied"),
        Tab::Revisions => part(&detail.revisions, "nothing was published yet"),
        Tab::Info => part(&detail.info, "it is empty"),
        Tab::Yaml => part(&detail.yaml, "it is empty"),
        Tab::Events => part(&detail.events, "no events"),
        Tab::Logs => super::logs::none(detail),
    }
}

pub(super) fn part<T>(part: &Part<T>, nothing: &'static str) -> (Clean, State) {
    match part {
        Part::None | Part::Loading(_) => (Clean::own("reading"), State::Unknown),
        Part::Ready(_) => (Clean::own(nothing), State::Healthy),
        Part::Stale(_, why) | Part::Failed(why) => (why.clone(), State::Degraded),
    }
}
