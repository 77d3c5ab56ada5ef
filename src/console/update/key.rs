//! Keys to changes of the model, in the order: sheet, help, filter, place.

use super::super::model::action::Action;
use super::super::model::detail::{Detail, Part};
use super::super::model::logs::Ask;
use super::super::model::nav::{Tab, View};
use super::super::model::picker::Choice;
use super::super::model::sheet::Verb;
use super::super::model::{AppKey, Model};
use super::cursor::{bottom, fold, is_fresh, pin, step, unfold};
use super::rows::{Row, cursor, present, rows, under_cursor};
use super::travel::{self, Way};
use super::{
    Effect, Known, compare, containers, diff, logs, marks, object, picker, sheet, shell, sift, tree,
};
use crate::console::term::clean::Clean;

/// How long the console stays armed.
const ARMED_FOR: jiff::SignedDuration = jiff::SignedDuration::from_mins(15);
/// What is said when a key would act on a row that vanished.
pub(super) const GONE: &str = "that row is gone; move the cursor, then act";
/// A key was pressed.
pub(super) fn pressed(model: &mut Model, key: &str) -> Vec<Effect> {
    model.notice = None;
    if key == "ctrl-c" && model.sheet.is_none() && model.picker.is_none() {
        return vec![Effect::Quit];
    }
    if model.sheet.is_some() {
        return sheet::pressed(model, key);
    }
    if let Some(offset) = model.help {
        model.help = match model.keymap.action(key, None) {
            Some(Action::Down) => Some(offset + 1),
            Some(Action::Up) => Some(offset.saturating_sub(1)),
            Some(Action::PageDown | Action::HalfDown) => Some(offset + model.page()),
            Some(Action::PageUp | Action::HalfUp) => Some(offset.saturating_sub(model.page())),
            _ => None,
        };
        return Vec::new();
    }
    if model.picker.is_some() {
        return picker::pressed(model, key);
    }
    if model.nav.typing {
        typed(model, key);
        return logs::sifted(model);
    }
    match model.keymap.action(key, model.nav.side()) {
        Some(action) if about_row(action) && is_fresh(model) => {
            model.notice =
                Some(Clean::own("the row under the cursor has just changed; press again"));
            pin(model);
            Vec::new()
        }
        Some(action) => {
            pin(model);
            let mut effects = act(model, action);
            effects.extend(logs::sifted(model));
            effects
        }
        None => {
            let text = format!("{key} does nothing here; ? lists the keys");
            model.notice = Some(Clean::new(&text));
            Vec::new()
        }
    }
}

/// Whether an action is about the row under the cursor.
fn about_row(action: Action) -> bool {
    use Action::*;
    matches!(
        action,
        Open | Mark
            | MarkRange
            | Tree
            | Workflow
            | Diff
            | Yaml
            | Info
            | Events
            | Logs
            | Revisions
            | Copy
            | Approve
            | Hold
            | RollBack
            | ReRun
            | Terminate
            | Repair
            | Exec
            | Bundle
            | Allow
            | ReApply
    )
}

/// A text was pasted: it goes into a text field or nowhere.
pub(super) fn pasted(model: &mut Model, text: &str) {
    let plain: String = text.chars().filter(|c| !c.is_control()).collect();
    if sheet::pasted(model, &plain) || picker::pasted(model, &plain) {
        return;
    }
    if model.nav.typing {
        let text = format!("{}{plain}", model.nav.place().query.text());
        ask(model, &text);
    } else {
        model.notice = Some(Clean::new("a paste outside a text field was dropped"));
    }
}

fn typed(model: &mut Model, key: &str) {
    let mut text = model.nav.place().query.text().to_owned();
    match key {
        "enter" => model.nav.typing = false,
        "esc" => {
            model.nav.typing = false;
            text.clear();
        }
        "tab" => text = sift::completed(model).unwrap_or(text),
        "ctrl-u" => text.clear(),
        "backspace" => drop(text.pop()),
        "space" => text.push(' '),
        key if key.chars().count() == 1 => text.push_str(key),
        _ => return,
    }
    ask(model, &text);
}

/// Only what fits a query is shown from now on.
pub(super) fn ask(model: &mut Model, text: &str) {
    let place = model.nav.place_mut();
    place.query = sift::query(&place.view, text);
    sift_rows(model);
}

/// Other rows are shown because the person said so: the cursor goes to the first one unless its row is
/// still there.
pub(super) fn sift_rows(model: &mut Model) {
    let kept = {
        let rows = present(model);
        let selected = model.nav.place().selected.as_ref();
        let same = |(index, row): (usize, &Row<'_>)| Some(&row.id(index)) == selected;
        let at = rows.iter().enumerate().position(same).unwrap_or(0);
        rows.get(at).map(|row| row.id(at))
    };
    if !model.nav.follows() {
        model.nav.select(kept);
    }
    model.nav.place_mut().offset = 0;
}

/// Does what an action says.
pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Filter => model.nav.typing = true,
        Action::Palette => picker::open(model, Choice::Anything),
        Action::ExportPatch => return diff::export(model),
        Action::HistoryBack => return travel::walk(model, Way::Back),
        Action::HistoryForward => return travel::walk(model, Way::Forward),
        Action::HistoryLast => return travel::walk(model, Way::Last),
        Action::Bookmark => return travel::bookmark(model),
        Action::Bookmarks => picker::open(model, Choice::Bookmark),
        Action::CopyAddress => return copied(model, travel::here(model).to_string()),
        Action::Sort => picker::open(model, Choice::Order),
        Action::Help => model.help = Some(0),
        Action::Trouble => {
            let place = model.nav.place_mut();
            place.trouble = !place.trouble;
            sift_rows(model);
        }
        Action::Arm => arm(model),
        Action::Open => return open(model),
        Action::Back => return back(model),
        Action::Inbox => return home(model, View::Inbox),
        Action::Apps => return home(model, View::Apps),
        Action::Clusters => {
            let mut effects = home(model, View::Clusters);
            effects.push(Effect::Probe);
            return effects;
        }
        Action::NextTab => {
            let next = model.nav.app().map_or(Tab::Tree, |(_, tab)| tab.next());
            return turn(model, next);
        }
        Action::Tree => return turn(model, Tab::Tree),
        Action::Workflow => return turn(model, Tab::Workflow),
        Action::Diff => return compare::open(model),
        Action::NextPair => return compare::next(model),
        Action::SideSpec | Action::SideRendered | Action::SideApplied | Action::SideLive => {
            return compare::choose(model, action);
        }
        Action::ListOrder => return compare::list_order(model),
        Action::Blanks => return compare::blanks(model),
        Action::Yaml => return object::open(model, Tab::Yaml),
        Action::Info => return object::open(model, Tab::Info),
        Action::Events => return object::events(model),
        Action::Pulse => return pulse(model),
        Action::Logs => return logs::open(model),
        Action::Previous => return logs::previous(model),
        Action::Containers => return containers::choose(model, Choice::Logs),
        Action::Window => return logs::window(model),
        Action::Context => return logs::context(model),
        Action::Revisions => return turn(model, Tab::Revisions),
        Action::Copy => return copy(model),
        Action::Exec => return shell::open(model),
        Action::Bundle => return bundle(model),
        Action::Approve
        | Action::Hold
        | Action::RollBack
        | Action::ReRun
        | Action::Terminate
        | Action::Repair
        | Action::Allow
        | Action::ReApply => {
            return verb(action).map_or_else(Vec::new, |verb| sheet::open(model, verb));
        }
        Action::Undo => return sheet::undo(model),
        Action::Journal => return journal(model),
        Action::Redraw => return vec![Effect::Redraw],
        Action::Suspend => {
            model.armed = None;
            return vec![Effect::Suspend];
        }
        Action::Quit => return vec![Effect::Quit],
        other => look(model, other),
    }
    Vec::new()
}

/// Does what only concerns how the place on screen is looked at.
fn look(model: &mut Model, action: Action) {
    match action {
        Action::Down => step(model, 1),
        Action::Up => step(model, -1),
        Action::PageDown => step(model, model.page() as isize),
        Action::PageUp => step(model, -(model.page() as isize)),
        Action::HalfDown => step(model, (model.page() / 2).max(1) as isize),
        Action::HalfUp => step(model, -((model.page() / 2).max(1) as isize)),
        Action::Top => step(model, isize::MIN / 2),
        Action::Bottom => bottom(model),
        Action::Left => fold(model),
        Action::Right => unfold(model),
        Action::SplitDiff => diff::split(model),
        Action::WholeDiff => diff::whole(model),
        Action::NextHunk => diff::hunk(model, true),
        Action::PreviousHunk => diff::hunk(model, false),
        Action::FoldObject => diff::fold(model),
        Action::Freeze => travel::freeze(model),
        Action::Mark => marks::toggle(model),
        Action::MarkRange => marks::range(model),
        Action::MarkAll => marks::all(model),
        Action::Unmark => marks::none(model),
        Action::Wrap => model.log_looks.wrap = !model.log_looks.wrap,
        Action::Times => logs::times(model),
        Action::Ruler => logs::ruler(model),
        Action::Noise => object::noise(model),
        _ => {}
    }
}

/// The verb whose sheet an action opens.
fn verb(action: Action) -> Option<Verb> {
    Some(match action {
        Action::Approve => Verb::Approve,
        Action::Hold => Verb::Hold,
        Action::RollBack => Verb::RollBack,
        Action::ReRun => Verb::ReRun,
        Action::Terminate => Verb::Terminate,
        Action::Repair => Verb::Repair,
        Action::Allow => Verb::Allow,
        Action::ReApply => Verb::ReApply,
        _ => return None,
    })
}

/// The archive of the application on screen, or under the cursor.
fn bundle(model: &mut Model) -> Vec<Effect> {
    let on_screen = model.nav.app().map(|(key, _)| key.clone());
    let under = || under_cursor(model)?.app().map(|app| app.key.clone());
    let Some(key) = on_screen.or_else(under) else {
        model.notice = Some(Clean::own("put the cursor on an application first"));
        return Vec::new();
    };
    let Some(app) = model.fleet.apps.get(&key).cloned() else {
        model.notice = Some(Clean::own("this application is gone"));
        return Vec::new();
    };
    model.notice = Some(Clean::new(&format!("gathering what is known of {key}")));
    let known = Known {
        hub: model.hub.clone(),
        identity: model.identity.clone(),
        clusters: model.fleet.clusters.values().cloned().collect(),
        drift: model.fleet.drift.get(&key).cloned(),
        app,
    };
    vec![Effect::Bundle(key, Box::new(known))]
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
    match under_cursor(model) {
        Some(Row::App(app)) => {
            let key = app.key.clone();
            let tab = if app.gate().is_some() { Tab::Workflow } else { Tab::Tree };
            show(model, key, tab, true)
        }
        Some(Row::Drift(app, _)) => {
            let key = app.key.clone();
            show(model, key, Tab::Diff, true)
        }
        Some(Row::Revision(_)) => compare::open(model),
        Some(Row::Cluster(cluster) | Row::Pulse(Some(cluster))) => {
            let name = cluster.name.clone();
            model.nav.open(View::Apps);
            ask(model, &format!("cluster:{name}"));
            Vec::new()
        }
        Some(Row::Node(_) | Row::Line(_)) => {
            unfold(model);
            Vec::new()
        }
        Some(Row::Pulse(None)) => home(model, View::Inbox),
        Some(Row::Gone(_)) => {
            model.notice = Some(Clean::own(GONE));
            Vec::new()
        }
        Some(
            Row::Log(_)
            | Row::Fact(_)
            | Row::Step(_)
            | Row::Event(_)
            | Row::Diff(_)
            | Row::Pair(..)
            | Row::Deed(_),
        )
        | None => Vec::new(),
    }
}

pub(super) fn turn(model: &mut Model, tab: Tab) -> Vec<Effect> {
    if let Some((key, _)) = model.nav.app() {
        let key = key.clone();
        return show(model, key, tab, false);
    }
    let under = under_cursor(model);
    if let Some(app) = under.and_then(|row| row.app()) {
        let key = app.key.clone();
        return show(model, key, tab, true);
    }
    let gone = matches!(under, Some(Row::Gone(_)));
    model.notice = Some(Clean::own(if gone { GONE } else { "open an application first" }));
    Vec::new()
}

/// Shows a side of an application; what is known of it already stays.
pub(super) fn show(model: &mut Model, key: AppKey, tab: Tab, push: bool) -> Vec<Effect> {
    travel::thaw(model);
    if push {
        model.nav.open(View::App(key.clone(), tab));
    } else {
        model.nav.turn(tab);
    }
    load_side(model, key, tab)
}

/// What a side of the application on screen shows is asked for.
pub(super) fn load_side(model: &mut Model, key: AppKey, tab: Tab) -> Vec<Effect> {
    let now = model.now;
    let known = model.detail.take().filter(|detail| detail.key == key);
    let mut detail = known.unwrap_or_else(|| Detail { key: key.clone(), ..Detail::default() });
    let object = model.nav.place().object.clone();
    object::settle(&mut detail, model.nav.place());
    match tab {
        Tab::Tree => load(&mut detail.tree, now),
        Tab::Diff => {
            // Offline there is what was asked for once, whatever is asked for now.
            if model.offline && !matches!(detail.diff, Part::None) {
                model.nav.compare(detail.question.clone());
            } else {
                detail.diff = Part::Loading(now);
                detail.question.clone_from(&model.nav.place().question);
            }
        }
        Tab::Revisions => load(&mut detail.revisions, now),
        Tab::Info => load(&mut detail.info, now),
        Tab::Yaml => load(&mut detail.yaml, now),
        Tab::Events => load(&mut detail.events, now),
        Tab::Logs | Tab::Workflow => {}
    }
    tree::arrange(&mut detail, model.tree_order);
    model.detail = Some(detail);
    if tab == Tab::Logs {
        return logs::ask(model, |ask| *ask = Ask::default());
    }
    if tab == Tab::Diff {
        return vec![Effect::Compare(key, model.nav.place().question.clone())];
    }
    match object {
        Some(object) if matches!(tab, Tab::Info | Tab::Yaml) => {
            vec![Effect::Object(key, tab, object)]
        }
        _ => vec![Effect::Show(key, tab)],
    }
}

fn load<T>(part: &mut Part<T>, now: jiff::Timestamp) {
    if !matches!(part, Part::Ready(_) | Part::Stale(..)) {
        *part = Part::Loading(now);
    }
}

fn back(model: &mut Model) -> Vec<Effect> {
    if !model.nav.place().query.is_empty() {
        ask(model, "");
        return Vec::new();
    }
    let was_app = model.nav.app().is_some();
    travel::thaw(model);
    if !model.nav.back() {
        model.notice = Some(Clean::new("this is the inbox; ctrl-c ends the console"));
        return Vec::new();
    }
    match model.nav.app().map(|(key, tab)| (key.clone(), tab)) {
        Some((key, tab)) => load_side(model, key, tab),
        None if was_app => vec![Effect::Leave],
        None => Vec::new(),
    }
}

fn home(model: &mut Model, view: View) -> Vec<Effect> {
    travel::thaw(model);
    model.nav.home(view);
    vec![Effect::Leave]
}

/// How everything is; clusters are asked how fast they answer.
fn pulse(model: &mut Model) -> Vec<Effect> {
    let mut effects = home(model, View::Pulse);
    effects.push(Effect::Probe);
    effects
}

/// What was changed from here.
fn journal(model: &mut Model) -> Vec<Effect> {
    let mut effects = home(model, View::Journal);
    effects.push(Effect::Journal);
    effects
}

fn copy(model: &mut Model) -> Vec<Effect> {
    let rows = rows(model);
    let at = cursor(model.nav.place(), &rows);
    let Some(row) = rows.get(at) else { return Vec::new() };
    let text = match row {
        Row::App(app) | Row::Drift(app, _) => app.key.to_string(),
        Row::Gone(seen) => seen.name.to_string(),
        Row::Node(node) => node.name.to_string(),
        Row::Diff(line) | Row::Pair(_, Some(line)) | Row::Pair(Some(line), None) => {
            line.text.to_string()
        }
        Row::Pair(None, None) => String::new(),
        Row::Deed(deed) => deed.said.to_string(),
        Row::Line(line) => line.text.to_string(),
        Row::Fact(fact) => fact.value.to_string(),
        Row::Log(line) => line.text.to_string(),
        Row::Event(event) => event.message.to_string(),
        Row::Cluster(_) | Row::Step(_) | Row::Revision(_) | Row::Pulse(_) => row.id(at),
    };
    copied(model, text)
}

fn copied(model: &mut Model, text: String) -> Vec<Effect> {
    model.notice = Some(Clean::new(&format!("sent to the clipboard: {text}")));
    vec![Effect::Copy(text)]
}
