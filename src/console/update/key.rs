//! Keys to changes of the model, in the order: sheet, help, filter, place.

use super::super::model::action::Action;
use super::super::model::detail::{Detail, Part};
use super::super::model::nav::{Tab, View};
use super::super::model::sheet::Verb;
use super::super::model::{AppKey, Model};
use super::rows::{Row, cursor, rows};
use super::{Effect, sheet};
use crate::console::term::clean::Clean;

/// How long the console stays armed.
const ARMED_FOR: jiff::SignedDuration = jiff::SignedDuration::from_mins(15);
/// Rows that stay visible beyond the cursor.
const MARGIN: usize = 2;

/// A key was pressed.
pub(super) fn pressed(model: &mut Model, key: &str) -> Vec<Effect> {
    model.notice = None;
    if key == "ctrl-c" && model.sheet.is_none() {
        return vec![Effect::Quit];
    }
    if model.sheet.is_some() {
        return sheet::pressed(model, key);
    }
    if let Some(offset) = model.help {
        model.help = match model.keymap.action(key) {
            Some(Action::Down) => Some(offset + 1),
            Some(Action::Up) => Some(offset.saturating_sub(1)),
            Some(Action::PageDown | Action::HalfDown) => Some(offset + model.page()),
            Some(Action::PageUp | Action::HalfUp) => Some(offset.saturating_sub(model.page())),
            _ => None,
        };
        return Vec::new();
    }
    if model.nav.typing {
        typed(model, key);
        return Vec::new();
    }
    match model.keymap.action(key) {
        Some(action) => act(model, action),
        None => {
            let text = format!("{key} does nothing here; ? lists the keys");
            model.notice = Some(Clean::new(&text));
            Vec::new()
        }
    }
}

/// A text was pasted: it goes into a text field or nowhere.
pub(super) fn pasted(model: &mut Model, text: &str) {
    let plain: String = text.chars().filter(|c| !c.is_control()).collect();
    if sheet::pasted(model, &plain) {
        return;
    }
    if model.nav.typing {
        model.nav.place_mut().query.push_str(&plain);
    } else {
        model.notice = Some(Clean::new("a paste outside a text field was dropped"));
    }
}

fn typed(model: &mut Model, key: &str) {
    match key {
        "enter" => model.nav.typing = false,
        "esc" => {
            model.nav.typing = false;
            model.nav.place_mut().query.clear();
        }
        "backspace" => drop(model.nav.place_mut().query.pop()),
        "space" => model.nav.place_mut().query.push(' '),
        key if key.chars().count() == 1 => model.nav.place_mut().query.push_str(key),
        _ => {}
    }
    model.nav.place_mut().offset = 0;
}

fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Down => step(model, 1),
        Action::Up => step(model, -1),
        Action::PageDown => step(model, model.page() as isize),
        Action::PageUp => step(model, -(model.page() as isize)),
        Action::HalfDown => step(model, (model.page() / 2).max(1) as isize),
        Action::HalfUp => step(model, -((model.page() / 2).max(1) as isize)),
        Action::Top => step(model, isize::MIN / 2),
        Action::Bottom => step(model, isize::MAX / 2),
        Action::Left => fold(model),
        Action::Right => unfold(model),
        Action::Filter => model.nav.typing = true,
        Action::Help => model.help = Some(0),
        Action::Trouble => {
            let place = model.nav.place_mut();
            place.trouble = !place.trouble;
        }
        Action::Arm => arm(model),
        Action::Open => return open(model),
        Action::Back => return back(model),
        Action::Inbox => return home(model, View::Inbox),
        Action::Apps => return home(model, View::Apps),
        Action::Clusters => return home(model, View::Clusters),
        Action::NextTab => {
            let next = model.nav.app().map_or(Tab::Tree, |(_, tab)| tab.next());
            return turn(model, next);
        }
        Action::Tree => return turn(model, Tab::Tree),
        Action::Workflow => return turn(model, Tab::Workflow),
        Action::Diff => return turn(model, Tab::Diff),
        Action::Yaml => return turn(model, Tab::Yaml),
        Action::Events => return turn(model, Tab::Events),
        Action::Logs => return turn(model, Tab::Logs),
        Action::Revisions => return turn(model, Tab::Revisions),
        Action::Copy => return copy(model),
        Action::Approve => return sheet::open(model, Verb::Approve),
        Action::Hold => return sheet::open(model, Verb::Hold),
        Action::RollBack => return sheet::open(model, Verb::RollBack),
        Action::ReRun => return sheet::open(model, Verb::ReRun),
        Action::Terminate => return sheet::open(model, Verb::Terminate),
        Action::Repair => return sheet::open(model, Verb::Repair),
        Action::Redraw => return vec![Effect::Redraw],
        Action::Suspend => {
            model.armed = None;
            return vec![Effect::Suspend];
        }
        Action::Quit => return vec![Effect::Quit],
    }
    Vec::new()
}

/// Moves the cursor. The window jumps by half a page when the cursor reaches its edge: a window that
/// crawls rewrites every row for each step.
fn step(model: &mut Model, by: isize) {
    let rows = rows(model);
    let Some(last) = rows.len().checked_sub(1) else { return };
    let at = cursor(model.nav.place(), &rows);
    let to = (at as isize).saturating_add(by).clamp(0, last as isize) as usize;
    let id = rows[to].id(to);
    let count = rows.len();
    let page = model.page();
    let place = model.nav.place_mut();
    place.selected = Some(id);
    place.offset = window(place.offset, to, page, count);
}

/// Another size: the cursor's row stays in view.
pub(super) fn settle(model: &mut Model) {
    step(model, 0);
}

/// The first row of a window of `page` rows in which row `to` of `count` is visible.
#[must_use]
pub fn window(offset: usize, to: usize, page: usize, count: usize) -> usize {
    let margin = MARGIN.min(page.saturating_sub(1) / 2);
    let last = count.saturating_sub(page);
    let offset = offset.min(last);
    let above = to < offset + margin && offset > 0;
    let below = to + margin >= offset + page && offset < last;
    if !above && !below {
        return offset;
    }
    let near = offset.abs_diff(to) <= page + page / 2;
    let target = match (above, near) {
        (true, true) => (to + page / 2 + 1).saturating_sub(page).min(offset.saturating_sub(1)),
        (false, true) => to.saturating_sub(page / 2),
        (_, false) => to.saturating_sub(page / 2),
    };
    target.min(last)
}

fn fold(model: &mut Model) {
    let rows = rows(model);
    let at = cursor(model.nav.place(), &rows);
    let Some(Row::Node(node)) = rows.get(at).copied() else { return };
    let (id, depth) = (node.id.clone(), node.depth);
    let has_children =
        rows.get(at + 1).is_some_and(|row| matches!(row, Row::Node(n) if n.depth > depth));
    let parent = rows[..at].iter().rev().find_map(|row| match row {
        Row::Node(other) if other.depth < depth => Some(other.id.clone()),
        _ => None,
    });
    let place = model.nav.place_mut();
    if has_children && !place.folded.contains(&id) {
        place.folded.push(id.clone());
        place.selected = Some(id);
    } else if let Some(parent) = parent {
        place.selected = Some(parent);
    }
}

fn unfold(model: &mut Model) {
    let rows = rows(model);
    let at = cursor(model.nav.place(), &rows);
    let Some(Row::Node(node)) = rows.get(at).copied() else { return };
    let id = node.id.clone();
    let place = model.nav.place_mut();
    if place.folded.contains(&id) {
        place.folded.retain(|folded| *folded != id);
        place.selected = Some(id);
    } else {
        step(model, 1);
    }
}

fn arm(model: &mut Model) {
    if model.read_only {
        model.notice = Some(Clean::new("started with --read-only: nothing can be changed here"));
        return;
    }
    model.armed = match model.is_armed() {
        true => None,
        false => Some(model.now + ARMED_FOR),
    };
}

fn open(model: &mut Model) -> Vec<Effect> {
    let rows = rows(model);
    let at = cursor(model.nav.place(), &rows);
    match rows.get(at) {
        Some(Row::App(app)) => {
            let key = app.key.clone();
            let tab = if app.gate().is_some() { Tab::Workflow } else { Tab::Tree };
            show(model, key, tab, true)
        }
        Some(Row::Cluster(cluster)) => {
            let name = cluster.name.clone();
            model.nav.open(View::Apps);
            model.nav.place_mut().query = name;
            Vec::new()
        }
        Some(Row::Node(_)) => {
            unfold(model);
            Vec::new()
        }
        _ => Vec::new(),
    }
}

fn turn(model: &mut Model, tab: Tab) -> Vec<Effect> {
    let on_list = match rows(model).get(cursor(model.nav.place(), &rows(model))) {
        Some(Row::App(app)) => Some(app.key.clone()),
        _ => None,
    };
    match (model.nav.app(), on_list) {
        (Some((key, _)), _) => {
            let key = key.clone();
            show(model, key, tab, false)
        }
        (None, Some(key)) => show(model, key, tab, true),
        (None, None) => {
            model.notice = Some(Clean::new("open an application first"));
            Vec::new()
        }
    }
}

/// Shows a side of an application; what is known of it already stays.
pub(super) fn show(model: &mut Model, key: AppKey, tab: Tab, push: bool) -> Vec<Effect> {
    if push {
        model.nav.open(View::App(key.clone(), tab));
    } else {
        model.nav.turn(tab);
    }
    let now = model.now;
    let known = model.detail.take().filter(|detail| detail.key == key);
    let mut detail = known.unwrap_or_else(|| Detail { key: key.clone(), ..Detail::default() });
    match tab {
        Tab::Tree => load(&mut detail.tree, now),
        Tab::Diff => detail.diff = Part::Loading(now),
        Tab::Revisions => load(&mut detail.revisions, now),
        Tab::Yaml => load(&mut detail.yaml, now),
        Tab::Events => load(&mut detail.events, now),
        Tab::Logs => load(&mut detail.logs, now),
        Tab::Workflow => {}
    }
    model.detail = Some(detail);
    vec![Effect::Show(key, tab)]
}

fn load<T>(part: &mut Part<T>, now: jiff::Timestamp) {
    if !matches!(part, Part::Ready(_)) {
        *part = Part::Loading(now);
    }
}

fn back(model: &mut Model) -> Vec<Effect> {
    let place = model.nav.place_mut();
    if !place.query.is_empty() {
        place.query.clear();
        return Vec::new();
    }
    let was_app = model.nav.app().is_some();
    if !model.nav.back() {
        model.notice = Some(Clean::new("this is the inbox; ctrl-c ends the console"));
        return Vec::new();
    }
    if was_app { vec![Effect::Leave] } else { Vec::new() }
}

fn home(model: &mut Model, view: View) -> Vec<Effect> {
    model.nav.home(view);
    vec![Effect::Leave]
}

fn copy(model: &mut Model) -> Vec<Effect> {
    let rows = rows(model);
    let at = cursor(model.nav.place(), &rows);
    let Some(row) = rows.get(at) else { return Vec::new() };
    let text = match row {
        Row::App(app) => app.key.to_string(),
        Row::Node(node) => node.name.to_string(),
        Row::Diff(line) => line.text.to_string(),
        Row::Text(text) => text.to_string(),
        Row::Event(event) => event.message.to_string(),
        other => other.id(at),
    };
    model.notice = Some(Clean::new(&format!("sent to the clipboard: {text}")));
    vec![Effect::Copy(text)]
}

#[cfg(test)]
mod tests {
    use super::window;

    #[test]
    fn the_window_rests_until_the_cursor_is_at_its_edge() {
        for (offset, to, page, count, expected) in [
            (0, 5, 20, 100, 0),
            (0, 17, 20, 100, 0),
            (0, 18, 20, 100, 8),
            (8, 9, 20, 100, 0),
            (0, 99, 20, 100, 80),
            (80, 0, 20, 100, 0),
            (0, 3, 20, 4, 0),
        ] {
            assert_eq!(window(offset, to, page, count), expected, "{offset} {to}");
        }
    }
}
