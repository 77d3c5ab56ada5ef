//! Marks: rows that a sheet is about together. They belong to what the rows are, so they outlive filters,
//! orders and other rows; what vanishes loses its mark, and that is said.

use super::super::model::app::App;
use super::super::model::nav::{Tab, View};
use super::super::model::{AppKey, Model};
use super::cursor::step;
use super::rows::{Row, cursor, rows, under_cursor};
use crate::clean;
use crate::console::term::clean::Clean;

/// The id of a row that can be marked: an application in a list, a step that waits, a revision.
fn markable(row: &Row<'_>, at: usize) -> Option<String> {
    match row {
        Row::App(_) | Row::Drift(..) => Some(row.id(at)),
        Row::Step(step) if step.phase == "suspending" => Some(row.id(at)),
        Row::Revision(_) => Some(row.id(at)),
        _ => None,
    }
}

/// Marks the row under the cursor, or takes its mark away; the cursor goes on.
pub(super) fn toggle(model: &mut Model) {
    let at = cursor(model.nav.place(), &rows(model));
    let Some(id) = under_cursor(model).and_then(|row| markable(&row, at)) else {
        model.notice =
            Some(Clean::own("only applications, steps that wait and revisions can be marked"));
        return;
    };
    let place = model.nav.place_mut();
    if !place.marks.remove(&id) {
        place.marks.insert(id.clone());
    }
    place.anchor = Some(id);
    step(model, 1);
}

/// Marks every row from the last one that was marked to the cursor.
pub(super) fn range(model: &mut Model) {
    let found = {
        let rows = rows(model);
        let at = cursor(model.nav.place(), &rows);
        let anchor = model.nav.place().anchor.as_ref();
        let from = rows.iter().enumerate().position(|(at, row)| Some(&row.id(at)) == anchor);
        let from = from.unwrap_or(at);
        let (first, last) = (from.min(at), from.max(at));
        let marked = rows.iter().enumerate().take(last + 1).skip(first);
        marked.filter_map(|(at, row)| markable(row, at)).collect::<Vec<_>>()
    };
    model.nav.place_mut().marks.extend(found);
}

/// Marks every row that is shown.
pub(super) fn all(model: &mut Model) {
    let found: Vec<String> = {
        let rows = rows(model);
        rows.iter().enumerate().filter_map(|(at, row)| markable(row, at)).collect()
    };
    model.nav.place_mut().marks.extend(found);
}

/// Takes every mark away.
pub(super) fn none(model: &mut Model) {
    let place = model.nav.place_mut();
    place.marks.clear();
    place.anchor = None;
}

/// The applications that are marked in a list, in the order of the list.
pub(super) fn apps(model: &Model) -> Vec<AppKey> {
    let place = model.nav.place();
    if place.marks.is_empty() || !matches!(place.view, View::Inbox | View::Apps) {
        return Vec::new();
    }
    let shown = rows(model);
    let shown = shown.iter().enumerate().filter_map(|(at, row)| {
        row.app().filter(|_| place.marks.contains(&row.id(at))).map(|app| app.key.clone())
    });
    let mut keys: Vec<AppKey> = Vec::new();
    let hidden = model.fleet.apps.keys().filter(|key| {
        let id = key.to_string();
        place.marks.contains(&id) || place.marks.contains(&format!("{id} drift"))
    });
    for key in shown.chain(hidden.cloned()) {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    keys
}

/// The gates that are marked in the workflow on screen.
pub(super) fn gates(model: &Model) -> Vec<String> {
    let place = model.nav.place();
    let View::App(key, Tab::Workflow) = &place.view else { return Vec::new() };
    let gates = model.fleet.apps.get(key).into_iter().flat_map(App::gates);
    let names = gates.map(|step| step.name.to_string());
    names.filter(|name| place.marks.contains(name)).collect()
}

/// What is gone is marked no more, and that is said.
pub(super) fn settle(model: &mut Model) {
    let place = model.nav.place();
    if place.marks.is_empty() || !matches!(place.view, View::Inbox | View::Apps) {
        return;
    }
    let is_there = |id: &String| {
        let id = id.strip_suffix(" drift").unwrap_or(id);
        id.split_once('/').is_some_and(|(namespace, name)| {
            let key = AppKey { namespace: namespace.to_owned(), name: name.to_owned() };
            model.fleet.apps.contains_key(&key)
        })
    };
    let gone: Vec<String> = place.marks.iter().filter(|id| !is_there(id)).cloned().collect();
    if gone.is_empty() {
        return;
    }
    model.notice = Some(clean![&Clean::new(&gone.join(", ")), " is gone, and its mark with it"]);
    model.nav.place_mut().marks.retain(|id| !gone.contains(id));
}
