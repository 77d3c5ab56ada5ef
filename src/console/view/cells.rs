//! What each kind of row shows in which column. Columns depend on the view and the width alone.

use std::collections::BTreeMap;

use jiff::Timestamp;
use ratatui::layout::Rect;

use super::age::{age, span};
use super::canvas::Canvas;
use super::{diff, object, pulse};
use crate::clean;
use crate::console::model::app::{App, Step};
use crate::console::model::detail::{Detail, EventRow, Node, Revision};
use crate::console::model::drift::Drift;
use crate::console::model::fleet::{Cluster, Reach};
use crate::console::model::journal::{Deed, Outcome};
use crate::console::model::logs::{Clock, Looks};
use crate::console::model::nav::{Seen, Tab};
use crate::console::model::{AppKey, Model, State, View};
use crate::console::term::clean::Clean;
use crate::console::update::rows::Row;

/// A column.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    pub(super) title: &'static str,
    pub(super) x: u16,
    pub(super) width: u16,
}

/// A cluster that takes more milliseconds to answer is slow.
const SLOW: u32 = 1_000;
/// Names are rarely longer; what is left goes to the column that says what is the matter.
const WIDEST_NAME: u16 = 48;

/// A column's title, its least width, its share of what is left, and the width of the screen from
/// which it is shown.
pub(super) type Spec = (&'static str, u16, u16, u16);

const APPS: &[Spec] = &[
    ("", 1, 0, 0),
    ("state", 8, 0, 60),
    ("application", 16, 2, 0),
    ("for", 5, 0, 0),
    ("what", 8, 4, 0),
];
const CLUSTERS: &[Spec] = &[
    ("", 1, 0, 0),
    ("state", 8, 0, 60),
    ("cluster", 12, 2, 0),
    ("apps", 4, 0, 0),
    ("trouble", 11, 0, 60),
    ("delay", 6, 0, 60),
    ("data", 5, 0, 60),
    ("version", 12, 0, 100),
    ("for", 5, 0, 0),
    ("what", 8, 4, 0),
];
const TREE: &[Spec] = &[("resource", 22, 2, 0), ("state", 8, 0, 60), ("what", 10, 3, 0)];
const STEPS: &[Spec] = &[
    ("", 1, 0, 0),
    ("state", 10, 0, 60),
    ("step", 14, 2, 0),
    ("type", 12, 1, 100),
    ("took", 5, 0, 0),
    ("what", 8, 4, 0),
];
const REVISIONS: &[Spec] = &[
    ("", 1, 0, 0),
    ("revision", 16, 1, 0),
    ("version", 8, 1, 60),
    ("age", 5, 0, 0),
    ("what", 8, 2, 0),
];
const EVENTS: &[Spec] = &[
    ("", 1, 0, 0),
    ("age", 5, 0, 0),
    ("reason", 12, 1, 0),
    ("object", 14, 1, 60),
    ("what", 8, 4, 0),
];
const LOGS: &[Spec] =
    &[("", 1, 0, 0), ("time", 8, 0, 70), ("source", 12, 1, 0), ("line", 20, 5, 0)];
const DEEDS: &[Spec] = &[
    ("", 1, 0, 0),
    ("for", 5, 0, 0),
    ("verb", 9, 0, 0),
    ("application", 16, 2, 0),
    ("by", 8, 1, 100),
    ("why", 8, 2, 60),
    ("what", 8, 4, 0),
];
const LINES: &[Spec] = &[("", 8, 1, 0)];

/// The columns of a view on a screen of this width.
pub(super) fn columns(view: &View, width: u16) -> Vec<Column> {
    let specs = match view {
        View::Inbox | View::Apps => APPS,
        View::Clusters => CLUSTERS,
        View::Journal => DEEDS,
        View::Pulse => pulse::COLUMNS,
        View::App(_, Tab::Tree) => TREE,
        View::App(_, Tab::Workflow) => STEPS,
        View::App(_, Tab::Revisions) => REVISIONS,
        View::App(_, Tab::Events) => EVENTS,
        View::App(_, Tab::Logs) => LOGS,
        View::App(_, Tab::Diff | Tab::Info | Tab::Yaml) => LINES,
    };
    laid_out(specs.iter().filter(|spec| width >= spec.3).collect(), width)
}

/// The columns of the logs; the time is one of them only where one is shown.
pub(super) fn log_columns(width: u16, looks: Looks) -> Vec<Column> {
    let times = looks.clock != Clock::Off;
    let shown = LOGS.iter().filter(|spec| width >= spec.3 && (times || spec.0 != "time"));
    laid_out(shown.collect(), width)
}

fn laid_out(shown: Vec<&Spec>, width: u16) -> Vec<Column> {
    let least: u16 = shown.iter().map(|spec| spec.1 + 1).sum::<u16>() + 1;
    let shares: u16 = shown.iter().map(|spec| spec.2).sum::<u16>().max(1);
    let mut spare = width.saturating_sub(least);
    let mut x = 2;
    let mut rest = shares;
    let last = shown.len().saturating_sub(1);
    shown
        .into_iter()
        .enumerate()
        .map(|(index, (title, least, share, _))| {
            let fair = spare * share / rest.max(1);
            let most = if index == last { fair } else { WIDEST_NAME.saturating_sub(*least) };
            let more = fair.min(most);
            (spare, rest) = (spare - more, rest - share);
            let column = Column { title, x, width: least + more };
            x += column.width + 1;
            column
        })
        .collect()
}

/// Where the next cell goes.
pub(super) struct Cells<'a, 'b> {
    pub(super) canvas: &'a mut Canvas<'b>,
    pub(super) area: Rect,
    columns: &'a [Column],
}

impl Cells<'_, '_> {
    pub(super) fn area(&self, title: &str) -> Option<Rect> {
        let column = self.columns.iter().find(|column| column.title == title)?;
        let right = (column.x + column.width).min(self.area.right());
        Some(Rect { x: column.x, width: right.saturating_sub(column.x), ..self.area })
    }

    pub(super) fn put(&mut self, title: &str, text: &Clean, role: &str) {
        if let Some(area) = self.area(title) {
            self.canvas.clean(area, area.x, text, role);
        }
    }

    fn name(&mut self, title: &str, text: &Clean) {
        let Some(area) = self.area(title) else { return };
        let text = text.middle(usize::from(area.width));
        self.canvas.clean(area, area.x, &text, "text");
    }

    fn state(&mut self, state: State, word: &'static str) {
        if let Some(area) = self.area("") {
            self.canvas.glyph(area, area.x, state);
        }
        self.put("state", &Clean::own(word), state.role());
    }
}

/// Paints a row.
pub(super) fn paint(
    canvas: &mut Canvas<'_>,
    area: Rect,
    columns: &[Column],
    model: &Model,
    row: &Row<'_>,
) {
    let mut cells = Cells { canvas, area, columns };
    match row {
        Row::App(app) => app_row(&mut cells, app, model),
        Row::Drift(app, drift) => drift_row(&mut cells, app, drift, model.now),
        Row::Gone(seen) => gone_row(&mut cells, seen, model),
        Row::Cluster(cluster) => cluster_row(&mut cells, cluster, model),
        Row::Node(node) => node_row(&mut cells, node, model),
        Row::Step(step) => step_row(&mut cells, step, model.now),
        Row::Revision(revision) => revision_row(&mut cells, revision, model),
        Row::Event(event) => event_row(&mut cells, event, model.now),
        Row::Diff(line) => diff::row(&mut cells, line, model),
        Row::Pair(left, right) => diff::pair(&mut cells, *left, *right, model),
        Row::Log(line) => super::logs::row(&mut cells, line, model),
        Row::Deed(deed) => deed_row(&mut cells, deed, model.now),
        Row::Line(line) => object::line(&mut cells, line, model),
        Row::Fact(fact) => object::fact(&mut cells, fact, model),
        Row::Pulse(cluster) => pulse::row(&mut cells, *cluster, model),
    }
}

/// The row in full for the pane below the list: what it is, and what it says.
pub(super) fn in_full(model: &Model, row: &Row<'_>) -> Option<(Clean, Clean)> {
    let (head, text) = match row {
        Row::App(app) => (Clean::new(&app.key.to_string()), said(app, model)),
        Row::Drift(app, drift) => (Clean::new(&app.key.to_string()), drift.why()),
        Row::Gone(seen) => (seen.name.clone(), gone(seen, model)),
        Row::Cluster(cluster) => (Clean::new(&cluster.name), told(cluster, model)),
        Row::Node(node) => (clean![&node.kind, " ", &node.name], node.text.clone()),
        Row::Step(step) => (clean![&step.name, " (", &step.step_type, ")"], step_says(step)),
        Row::Revision(revision) => (revision.name.clone(), revision.publish_version.clone()),
        Row::Event(event) => (clean![&event.object, " ", &event.reason], event.message.clone()),
        Row::Log(line) => (line.source.as_ref().clone(), line.text.clone()),
        Row::Diff(line) | Row::Pair(_, Some(line)) => return diff::in_full(line, model),
        Row::Deed(deed) => {
            (clean![&deed.verb, " ", &deed.about, ", ", &deed.reason], deed.said.clone())
        }
        Row::Line(line) => return object::in_full(line, model),
        Row::Fact(fact) => (fact.name.clone(), fact.value.clone()),
        Row::Pulse(Some(cluster)) => (Clean::new(&cluster.name), told(cluster, model)),
        Row::Pulse(None) | Row::Pair(..) => return None,
    };
    let colon = if text.is_empty() { "" } else { ": " };
    Some((clean![&head, colon], text))
}

fn app_row(cells: &mut Cells<'_, '_>, app: &App, model: &Model) {
    let state = model.fleet.state(app);
    cells.state(state, state.word());
    cells.name("application", &Clean::new(&app.key.to_string()));
    let drift = model.fleet.drift_of(app);
    let since = if state == State::Drifted { drift.and_then(Drift::since) } else { app.since };
    cells.put("for", &age(model.now, since), "muted");
    cells.put("what", &said(app, model), "text");
}

/// What an application says: why it is in its state, and whether something of it drifted besides. In
/// the inbox drift has a row of its own.
fn said(app: &App, model: &Model) -> Clean {
    let why = if app.why.is_empty() { &app.phase } else { &app.why };
    let drift = model.fleet.drift_of(app).filter(|_| model.nav.place().view != View::Inbox);
    match (drift, model.fleet.state(app)) {
        (Some(drift), State::Drifted) => drift.why(),
        (Some(drift), _) => {
            let mark = State::Drifted.glyph(model.ascii);
            clean![why, "; ", mark, " ", &drift.why()]
        }
        (None, _) => why.clone(),
    }
}

fn drift_row(cells: &mut Cells<'_, '_>, app: &App, drift: &Drift, now: Timestamp) {
    cells.state(State::Drifted, State::Drifted.word());
    cells.name("application", &Clean::new(&app.key.to_string()));
    cells.put("for", &age(now, drift.since()), "muted");
    cells.put("what", &drift.why(), "text");
}

/// A row that is not there any more: what it was called, and what became of it.
fn gone_row(cells: &mut Cells<'_, '_>, seen: &Seen, model: &Model) {
    let column = ["application", "cluster", "step", "revision", "reason", "resource"];
    let column = column.into_iter().find(|title| cells.area(title).is_some());
    if let Some((title, area)) = column.and_then(|title| Some((title, cells.area(title)?))) {
        let indent = if title == "resource" { 2 * seen.depth.min(8) as u16 + 3 } else { 0 };
        let area = Rect { x: area.x + indent, width: area.width.saturating_sub(indent), ..area };
        cells.canvas.clean(area, area.x, &seen.name.middle(usize::from(area.width)), "muted");
    }
    if let Some(area) = cells.area("") {
        let mark = cells.canvas.either("×", "x");
        cells.canvas.own(area, area.x, mark, "muted");
    }
    cells.put("state", &Clean::own("gone"), "muted");
    cells.put("what", &gone(seen, model), "muted");
}

/// What became of a row that vanished.
fn gone(seen: &Seen, model: &Model) -> Clean {
    let id = seen.id.split(' ').next().unwrap_or_default();
    let key = id
        .split_once('/')
        .map(|(namespace, name)| AppKey { namespace: namespace.to_owned(), name: name.to_owned() });
    let listed = matches!(model.nav.place().view, View::Inbox | View::Apps);
    match key.filter(|_| listed).and_then(|key| model.fleet.apps.get(&key)) {
        Some(app) => clean!["not in this list any more: ", &said(app, model)],
        None => Clean::own("it is not there any more"),
    }
}

fn cluster_row(cells: &mut Cells<'_, '_>, cluster: &Cluster, model: &Model) {
    cells.state(
        cluster.state(),
        match cluster.reach {
            Reach::Asking => "asking",
            Reach::Up => "ok",
            Reach::Down => "down",
        },
    );
    let name = Clean::new(&cluster.name);
    cells.name("cluster", &name);
    cells.name("application", &clean!["cluster ", &name]);
    cells.put("for", &age(model.now, cluster.since), "muted");
    // A cluster that answers is watched: what is shown of it is of now.
    let data = match cluster.reach {
        Reach::Asking => Clean::default(),
        Reach::Up => Clean::own("live"),
        Reach::Down => age(model.now, cluster.heard),
    };
    cells.put("data", &data, if cluster.reach == Reach::Down { "degraded" } else { "muted" });
    if let Some(delay) = cluster.delay.filter(|_| cluster.reach == Reach::Up) {
        let role = if delay > SLOW { "degraded" } else { "muted" };
        let text =
            if delay == 0 { Clean::own("<1ms") } else { clean![&Clean::number(delay), "ms"] };
        cells.put("delay", &text, role);
    }
    cells.put("version", &cluster.version, "muted");
    if cells.area("apps").is_some() {
        cluster_counts(cells, cluster, model);
    }
    cells.put("what", &told(cluster, model), "text");
}

/// How many applications run in a cluster, and how many of them are in trouble, wherever that is.
pub(super) fn cluster_counts(cells: &mut Cells<'_, '_>, cluster: &Cluster, model: &Model) {
    let (mut all, mut states) = (0_u32, BTreeMap::<State, u32>::new());
    for app in model.fleet.apps.values().filter(|app| app.is_in(&cluster.name)) {
        all += 1;
        let state = model.fleet.state(app);
        if state.needs_someone() {
            *states.entry(state).or_insert(0) += 1;
        }
    }
    cells.put("apps", &Clean::number(all), "text");
    let Some(area) = cells.area("trouble") else { return };
    let mut x = area.x;
    for (state, count) in states {
        let text = clean![state.glyph(cells.canvas.ascii), &Clean::number(count), " "];
        x = cells.canvas.clean(area, x, &text, state.role());
    }
}

/// What a cluster says, or why it says nothing.
fn told(cluster: &Cluster, model: &Model) -> Clean {
    let old = clean!["what is shown of it is ", &age(model.now, cluster.heard), " old: "];
    match (cluster.reach, cluster.heard, model.fleet.unwatched.get(&cluster.name)) {
        (Reach::Down, Some(_), _) => clean![&old, &cluster.error],
        (Reach::Down, None, _) => clean!["never answered: ", &cluster.error],
        (_, _, Some(why)) => clean!["drift is not watched: ", why],
        (..) => cluster.error.clone(),
    }
}

fn node_row(cells: &mut Cells<'_, '_>, node: &Node, model: &Model) {
    if let Some(area) = cells.area("resource") {
        let folded = model.nav.place().folded.contains(&node.id);
        let mark = match (folded, node.depth) {
            (true, _) => cells.canvas.either("▸", "+"),
            (false, 0) => cells.canvas.either("▾", "-"),
            (false, _) => " ",
        };
        let indent = area.x + 2 * node.depth.min(8) as u16;
        let x = cells.canvas.own(area, indent, mark, "muted");
        let x = cells.canvas.glyph(area, x, node.state);
        let x = cells.canvas.own(area, x, " ", "muted");
        let x = cells.canvas.clean(area, x, &node.kind, "muted");
        let x = if node.kind.is_empty() { x } else { cells.canvas.own(area, x, " ", "muted") };
        let name = node.name.middle(usize::from(area.right().saturating_sub(x)));
        cells.canvas.clean(area, x, &name, "text");
    }
    cells.put("state", &Clean::own(node.state.word()), node.state.role());
    if model.nav.place().folded.contains(&node.id) {
        return folded(cells, node, model);
    }
    cells.put("what", &node.text, "text");
}

/// What a fold hides, counted by state, the most urgent first.
fn folded(cells: &mut Cells<'_, '_>, node: &Node, model: &Model) {
    let Some(area) = cells.area("what") else { return };
    let nodes = model.detail.as_ref().map_or(&[][..], Detail::nodes);
    // The row is one of them.
    let at = nodes.iter().position(|other| std::ptr::eq(other, node));
    let below = at.map_or(&[][..], |at| &nodes[at + 1..]);
    let mut states = BTreeMap::<State, u32>::new();
    for hidden in below.iter().take_while(|other| other.depth > node.depth) {
        *states.entry(hidden.state).or_insert(0) += 1;
    }
    let mut x = area.x;
    for (state, count) in states {
        let text = clean![state.glyph(cells.canvas.ascii), &Clean::number(count), " "];
        x = cells.canvas.clean(area, x, &text, state.role());
    }
    cells.canvas.own(area, x, "folded", "muted");
}

fn step_row(cells: &mut Cells<'_, '_>, step: &Step, now: Timestamp) {
    let (state, word) = step.told();
    cells.state(state, word);
    let name = if step.depth > 0 { clean!["  ", &step.name] } else { step.name.clone() };
    cells.name("step", &name);
    cells.put("type", &step.step_type, "muted");
    cells.put("took", &took(step, now), "muted");
    cells.put("what", &step_says(step), "text");
}

/// What a step says; of one that waits for a person that it does so.
fn step_says(step: &Step) -> Clean {
    let text = if step.message.is_empty() { &step.reason } else { &step.message };
    match step.told().0 {
        State::Waiting => clean!["waits for approval: ", text],
        _ => text.clone(),
    }
}

/// How long a step took; for one that is not over, how long it is at it.
fn took(step: &Step, now: Timestamp) -> Clean {
    let over = matches!(step.phase.as_str(), "succeeded" | "failed" | "skipped");
    match step.times {
        (Some(first), Some(last)) if over => span((last.as_second() - first.as_second()).max(0)),
        (Some(first), _) => age(now, Some(first)),
        (None, _) => Clean::default(),
    }
}

fn revision_row(cells: &mut Cells<'_, '_>, revision: &Revision, model: &Model) {
    let app = model.nav.app().and_then(|(key, _)| model.fleet.apps.get(key));
    let current = app.is_some_and(|app| app.revision == revision.name);
    let state = if revision.succeeded { State::Healthy } else { State::Unknown };
    cells.state(state, "");
    cells.name("revision", &revision.name);
    cells.put("version", &revision.publish_version, "text");
    cells.put("age", &age(model.now, revision.created), "muted");
    let text = match (current, revision.succeeded) {
        (true, true) => "current, succeeded",
        (true, false) => "current, not succeeded",
        (false, true) => "succeeded",
        (false, false) => "not succeeded",
    };
    cells.put("what", &Clean::own(text), "text");
}

fn event_row(cells: &mut Cells<'_, '_>, event: &EventRow, now: Timestamp) {
    let state = if event.warning { State::Degraded } else { State::Healthy };
    cells.state(state, "");
    cells.put("age", &age(now, event.last), "muted");
    cells.name("reason", &event.reason);
    cells.put("object", &event.object, "muted");
    let text = match event.count {
        0 | 1 => event.message.clone(),
        count => clean![&event.message, " (", &Clean::number(count), " times)"],
    };
    cells.put("what", &text, "text");
}

fn deed_row(cells: &mut Cells<'_, '_>, deed: &Deed, now: Timestamp) {
    let state = match deed.outcome {
        Outcome::Begun => State::Unknown,
        Outcome::Done => State::Healthy,
        Outcome::Refused => State::Degraded,
    };
    cells.state(state, "");
    cells.put("for", &age(now, deed.at), "muted");
    cells.put("verb", &deed.verb, "text");
    cells.name("application", &deed.about);
    cells.put("by", &deed.who, "muted");
    cells.put("why", &deed.reason, "text");
    cells.put("what", &deed.said, "muted");
}
