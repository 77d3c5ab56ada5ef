//! The rows of the place on screen: their ids, in order, filtered. What the cursor moves over and
//! what the painter paints are the same list.
//!
//! Invariant: the cursor never changes to another row because rows changed. A row that vanished under
//! it stays as a tombstone, on which no key acts.

use super::super::model::Model;
use super::super::model::app::{App, Step};
use super::super::model::detail::{Detail, DiffLine, EventRow, Node, Part, Revision};
use super::super::model::drift::Drift;
use super::super::model::fleet::{Cluster, Item};
use super::super::model::journal::Deed;
use super::super::model::logs::LogLine;
use super::super::model::nav::{Place, Seen, Tab, View};
use super::super::model::object::{Fact, YamlLine};
use super::super::model::query::Query;
use super::super::model::state::State;
use super::sift;
use crate::clean;
use crate::console::term::clean::Clean;

/// A row: whatever the place shows.
#[derive(Clone, Copy, Debug)]
pub enum Row<'a> {
    /// An application.
    App(&'a App),
    /// What somebody changed of an application.
    Drift(&'a App, &'a Drift),
    /// A row that was here and is not any more.
    Gone(&'a Seen),
    /// A cluster.
    Cluster(&'a Cluster),
    /// A resource.
    Node(&'a Node),
    /// A step.
    Step(&'a Step),
    /// A revision.
    Revision(&'a Revision),
    /// An event.
    Event(&'a EventRow),
    /// A line of a comparison.
    Diff(&'a DiffLine),
    /// Two lines of a comparison beside each other.
    Pair(Option<&'a DiffLine>, Option<&'a DiffLine>),
    /// A line of a log.
    Log(&'a LogLine),
    /// A change that was made from here.
    Deed(&'a Deed),
    /// A line of an object.
    Line(&'a YamlLine),
    /// A fact of the summary of an object.
    Fact(&'a Fact),
    /// A cluster in numbers, or everything.
    Pulse(Option<&'a Cluster>),
}

impl<'a> Row<'a> {
    /// Its id, by which the cursor stays on it; lines are known by their number.
    #[must_use]
    pub fn id(&self, index: usize) -> String {
        match self {
            Self::App(app) => app.key.to_string(),
            Self::Drift(app, _) => format!("{} drift", app.key),
            Self::Gone(seen) => seen.id.clone(),
            Self::Cluster(cluster) => cluster.name.clone(),
            Self::Node(node) => node.id.clone(),
            Self::Step(step) => step.name.to_string(),
            Self::Revision(revision) => revision.name.to_string(),
            // How often and when last it happened changes while it stays the same event.
            Self::Event(event) => format!("{} {} {}", event.object, event.reason, event.message),
            Self::Log(line) => line.number.to_string(),
            Self::Line(line) => line.path.clone(),
            Self::Pulse(cluster) => cluster.map(|it| it.name.clone()).unwrap_or_default(),
            Self::Diff(_) | Self::Pair(..) | Self::Deed(_) | Self::Fact(_) => index.to_string(),
        }
    }

    /// The application that keys act on here.
    #[must_use]
    pub fn app(&self) -> Option<&'a App> {
        match self {
            Self::App(app) | Self::Drift(app, _) => Some(app),
            _ => None,
        }
    }

    /// The row as it is remembered should it vanish.
    #[must_use]
    pub fn seen(&self, at: usize) -> Seen {
        let (depth, name) = match self {
            Self::App(app) | Self::Drift(app, _) => (0, Clean::new(&app.key.to_string())),
            Self::Gone(seen) => (seen.depth, seen.name.clone()),
            Self::Cluster(cluster) => (0, Clean::new(&cluster.name)),
            Self::Node(node) if node.kind.is_empty() => (node.depth, node.name.clone()),
            Self::Node(node) => (node.depth, clean![&node.kind, " ", &node.name]),
            Self::Step(step) => (step.depth, step.name.clone()),
            Self::Revision(revision) => (0, revision.name.clone()),
            Self::Event(event) => (0, event.reason.clone()),
            Self::Log(_)
            | Self::Diff(_)
            | Self::Pair(..)
            | Self::Deed(_)
            | Self::Line(_)
            | Self::Fact(_)
            | Self::Pulse(_) => (0, Clean::default()),
        };
        Seen { id: self.id(at), at, depth, name }
    }

    fn is(&self, index: usize, id: &str) -> bool {
        match self {
            // There may be very many.
            Self::App(app) => id
                .strip_prefix(app.key.namespace.as_str())
                .and_then(|rest| rest.strip_prefix('/'))
                .is_some_and(|name| name == app.key.name),
            Self::Log(line) => id.parse() == Ok(line.number),
            other => other.id(index) == id,
        }
    }
}

/// The rows of the place on screen, with the tombstone of the cursor's row when that one vanished.
#[must_use]
pub fn rows(model: &Model) -> Vec<Row<'_>> {
    let place = model.nav.place();
    let mut rows = present(model);
    if let Some(seen) = tombstone(model, place, &rows) {
        rows.insert(seen.at.min(rows.len()), Row::Gone(seen));
    }
    rows
}

/// The rows that there are.
#[must_use]
pub fn present(model: &Model) -> Vec<Row<'_>> {
    let place = model.nav.place();
    let mut rows = unsifted(model, place);
    let sifted = matches!(place.view, View::App(_, Tab::Tree)) || is_read_through(model, place);
    if !place.query.is_empty() && !sifted {
        rows.retain(|row| sift::fits(row, &place.query, model));
    }
    match place.order {
        Some(order) => sift::sorted(rows, order, model),
        None => rows,
    }
}

/// How many rows there would be without the query.
#[must_use]
pub fn count(model: &Model) -> usize {
    let place = Place { query: Query::default(), ..model.nav.place().clone() };
    unsifted(model, &place).len()
}

/// What stood under the cursor, when it is not there any more. Lines have no identity that could
/// vanish; a side of an application that shows nothing at all says why instead.
fn tombstone<'a>(model: &Model, place: &'a Place, rows: &[Row<'_>]) -> Option<&'a Seen> {
    let seen = place.seen.as_ref().filter(|seen| place.selected.as_ref() == Some(&seen.id))?;
    let lasting = match &place.view {
        View::Inbox | View::Apps | View::Clusters => model.fleet.error.is_none(),
        View::Journal | View::Pulse => false,
        View::App(_, Tab::Diff | Tab::Info | Tab::Yaml | Tab::Logs) => false,
        View::App(..) => !rows.is_empty(),
    };
    let there = |(index, row): (usize, &Row<'_>)| row.is(index, &seen.id);
    (lasting && !rows.iter().enumerate().any(there)).then_some(seen)
}

/// Where the cursor is in these rows. Of several rows with its id it is on the one nearest to where it
/// was. Before it was anywhere it is on the first row, or on the last one of what is followed.
#[must_use]
pub fn cursor(place: &Place, rows: &[Row<'_>]) -> usize {
    let Some(selected) = &place.selected else {
        return if place.follows() { rows.len().saturating_sub(1) } else { 0 };
    };
    let was = place.seen.as_ref().map_or(0, |seen| seen.at);
    if rows.get(was).is_some_and(|row| row.is(was, selected)) {
        return was;
    }
    let same = rows.iter().enumerate().filter(|(index, row)| row.is(*index, selected));
    let nearest = same.map(|(index, _)| index).min_by_key(|index| index.abs_diff(was));
    nearest.unwrap_or(was.min(rows.len().saturating_sub(1)))
}

/// The row under the cursor.
#[must_use]
pub fn under_cursor(model: &Model) -> Option<Row<'_>> {
    let rows = rows(model);
    rows.get(cursor(model.nav.place(), &rows)).copied()
}

/// The rows that there are, whatever is asked for; of a tree only what leads to what is asked for.
pub(super) fn unsifted<'a>(model: &'a Model, place: &Place) -> Vec<Row<'a>> {
    match &place.view {
        View::Inbox => model.fleet.inbox().into_iter().map(item).collect(),
        View::Apps => model
            .fleet
            .apps
            .values()
            .filter(|app| !place.trouble || model.fleet.state(app).needs_someone())
            .map(Row::App)
            .collect(),
        View::Journal => model.journal.iter().flatten().map(Row::Deed).collect(),
        View::Clusters => model.fleet.clusters.values().map(Row::Cluster).collect(),
        // Numbers of what is not known yet would be read as numbers of what is.
        View::Pulse if !model.fleet.complete => Vec::new(),
        View::Pulse => {
            let clusters = model.fleet.clusters.values().map(|cluster| Row::Pulse(Some(cluster)));
            std::iter::once(Row::Pulse(None)).chain(clusters).collect()
        }
        View::App(key, Tab::Workflow) => model
            .fleet
            .apps
            .get(key)
            .map(|app| app.steps.iter().map(Row::Step).collect())
            .unwrap_or_default(),
        View::App(_, tab) => side(model, place, *tab),
    }
}

fn item(item: Item<'_>) -> Row<'_> {
    match item {
        Item::App(app) => Row::App(app),
        Item::Drift(app, drift) => Row::Drift(app, drift),
        Item::Cluster(cluster) => Row::Cluster(cluster),
    }
}

fn side<'a>(model: &'a Model, place: &Place, tab: Tab) -> Vec<Row<'a>> {
    let Some(detail) = &model.detail else { return Vec::new() };
    match tab {
        Tab::Tree => visible(model, detail.nodes(), place),
        Tab::Workflow => Vec::new(),
        Tab::Diff => super::diff::rows(model, detail.compared(model.diff_looks)),
        Tab::Revisions => ready(&detail.revisions).iter().map(Row::Revision).collect(),
        Tab::Info => ready(&detail.info).iter().map(Row::Fact).collect(),
        Tab::Yaml => super::object::visible(ready(&detail.yaml), place),
        Tab::Events => ready(&detail.events).iter().map(Row::Event).collect(),
        Tab::Logs => lines(detail),
    }
}

/// The lines of the logs.
fn lines(detail: &Detail) -> Vec<Row<'_>> {
    let (Part::Ready(ring) | Part::Stale(ring, _)) = &detail.logs else { return Vec::new() };
    ring.lines().map(Row::Log).collect()
}

/// Whether what is listed went through the query already, where it was read.
fn is_read_through(model: &Model, place: &Place) -> bool {
    let logs = matches!(place.view, View::App(_, Tab::Logs));
    let asked = |detail: &Detail| detail.log_ask.filter == place.query.text();
    logs && model.detail.as_ref().is_some_and(asked)
}

fn ready<T>(part: &Part<Vec<T>>) -> &[T] {
    match part {
        Part::Ready(rows) | Part::Stale(rows, _) => rows,
        Part::None | Part::Loading(_) | Part::Failed(_) => &[],
    }
}

/// The nodes that no folded node hides; with the trouble switch or a query, only those in trouble or
/// that fit, and what leads to them.
fn visible<'a>(model: &'a Model, nodes: &'a [Node], place: &Place) -> Vec<Row<'a>> {
    let wanted = wanted(model, nodes, place);
    let mut rows = Vec::new();
    let mut hidden: Option<usize> = None;
    for (node, wanted) in nodes.iter().zip(wanted) {
        if hidden.is_some_and(|depth| node.depth > depth) {
            continue;
        }
        hidden = place.folded.contains(&node.id).then_some(node.depth);
        if wanted {
            rows.push(Row::Node(node));
        }
    }
    rows
}

/// Which nodes are asked for, or lead to one that is.
fn wanted(model: &Model, nodes: &[Node], place: &Place) -> Vec<bool> {
    let mut wanted = vec![true; nodes.len()];
    if !place.trouble && place.query.is_empty() {
        return wanted;
    }
    let mut above: Vec<&str> = Vec::new();
    for (index, node) in nodes.iter().enumerate() {
        above.truncate(node.depth);
        let mut facts = sift::facts(&Row::Node(node), &model.fleet);
        facts.owners.extend_from_slice(&above);
        wanted[index] =
            (!place.trouble || node.state != State::Healthy) && place.query.fits(&facts, model.now);
        above.push(node.name.as_str());
    }
    // From the last to the first, a node knows of what stands below it.
    let mut below: Vec<bool> = Vec::new();
    for (node, wanted) in nodes.iter().zip(&mut wanted).rev() {
        let deeper = below.drain((node.depth + 1).min(below.len())..).any(|leads| leads);
        *wanted |= deeper;
        below.resize(below.len().max(node.depth + 1), false);
        below[node.depth] |= *wanted;
    }
    wanted
}
