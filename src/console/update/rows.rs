//! The rows of the place on screen: their ids, in order, filtered. What the cursor moves over and
//! what the painter paints are the same list.

use super::super::model::Model;
use super::super::model::app::{App, Step};
use super::super::model::detail::{DiffLine, EventRow, Node, Part, Revision};
use super::super::model::fleet::Cluster;
use super::super::model::nav::{Place, Tab, View};
use super::super::model::state::State;
use crate::console::term::clean::Clean;

/// A row: whatever the place shows.
#[derive(Clone, Copy, Debug)]
pub enum Row<'a> {
    /// An application.
    App(&'a App),
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
    /// A line of text.
    Text(&'a Clean),
}

impl Row<'_> {
    /// Its id, by which the cursor stays on it; lines are known by their number.
    #[must_use]
    pub fn id(&self, index: usize) -> String {
        match self {
            Self::App(app) => app.key.to_string(),
            Self::Cluster(cluster) => cluster.name.clone(),
            Self::Node(node) => node.id.clone(),
            Self::Step(step) => step.name.to_string(),
            Self::Revision(revision) => revision.name.to_string(),
            Self::Event(_) | Self::Diff(_) | Self::Text(_) => index.to_string(),
        }
    }

    fn holds(&self, query: &str) -> bool {
        let any = |texts: &[&str]| texts.iter().any(|t| t.to_lowercase().contains(query));
        match self {
            Self::App(app) => any(&[&app.key.to_string(), app.state.word(), app.why.as_str()]),
            Self::Cluster(cluster) => any(&[&cluster.name]),
            Self::Node(node) => any(&[node.name.as_str(), node.kind.as_str(), node.state.word()]),
            Self::Step(step) => any(&[step.name.as_str(), &step.phase]),
            Self::Revision(revision) => any(&[revision.name.as_str()]),
            Self::Event(event) => any(&[event.reason.as_str(), event.message.as_str()]),
            Self::Diff(line) => any(&[line.text.as_str()]),
            Self::Text(text) => any(&[text.as_str()]),
        }
    }
}

/// The rows of the place on screen.
#[must_use]
pub fn rows(model: &Model) -> Vec<Row<'_>> {
    let place = model.nav.place();
    let mut rows = all(model, place);
    if !place.query.is_empty() {
        let query = place.query.to_lowercase();
        rows.retain(|row| row.holds(&query));
    }
    rows
}

/// Where the cursor is in these rows; the first row when its row is gone.
#[must_use]
pub fn cursor(place: &Place, rows: &[Row<'_>]) -> usize {
    let Some(selected) = &place.selected else { return 0 };
    rows.iter().enumerate().position(|(index, row)| row.id(index) == *selected).unwrap_or(0)
}

fn all<'a>(model: &'a Model, place: &Place) -> Vec<Row<'a>> {
    match &place.view {
        View::Inbox => model.fleet.inbox().into_iter().map(Row::App).collect(),
        View::Apps => model
            .fleet
            .apps
            .values()
            .filter(|app| !place.trouble || app.state.needs_someone())
            .map(Row::App)
            .collect(),
        View::Clusters => model.fleet.clusters.values().map(Row::Cluster).collect(),
        View::App(key, Tab::Workflow) => model
            .fleet
            .apps
            .get(key)
            .map(|app| app.steps.iter().map(Row::Step).collect())
            .unwrap_or_default(),
        View::App(_, tab) => side(model, place, *tab),
    }
}

fn side<'a>(model: &'a Model, place: &Place, tab: Tab) -> Vec<Row<'a>> {
    let Some(detail) = &model.detail else { return Vec::new() };
    match tab {
        Tab::Tree => visible(ready(&detail.tree), place),
        Tab::Workflow => Vec::new(),
        Tab::Diff => ready(&detail.diff).iter().map(Row::Diff).collect(),
        Tab::Revisions => ready(&detail.revisions).iter().map(Row::Revision).collect(),
        Tab::Yaml => ready(&detail.yaml).iter().map(Row::Text).collect(),
        Tab::Events => ready(&detail.events).iter().map(Row::Event).collect(),
        Tab::Logs => ready(&detail.logs).iter().map(Row::Text).collect(),
    }
}

fn ready<T>(part: &Part<Vec<T>>) -> &[T] {
    match part {
        Part::Ready(rows) => rows,
        Part::None | Part::Loading(_) | Part::Failed(_) => &[],
    }
}

/// The nodes that no folded node hides; with the trouble switch, only those in trouble and what
/// leads to them.
fn visible<'a>(nodes: &'a [Node], place: &Place) -> Vec<Row<'a>> {
    let mut rows = Vec::new();
    let mut hidden: Option<usize> = None;
    for (index, node) in nodes.iter().enumerate() {
        if hidden.is_some_and(|depth| node.depth > depth) {
            continue;
        }
        hidden = place.folded.contains(&node.id).then_some(node.depth);
        if !place.trouble || troubled(nodes, index) {
            rows.push(Row::Node(node));
        }
    }
    rows
}

fn troubled(nodes: &[Node], index: usize) -> bool {
    let node = &nodes[index];
    let below = nodes[index + 1..].iter().take_while(|other| other.depth > node.depth);
    std::iter::once(node).chain(below).any(|node| node.state != State::Healthy)
}
