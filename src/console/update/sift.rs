//! What a query asks of each kind of row, and what it offers while it is typed.

use std::collections::BTreeSet;

use smallvec::smallvec;

use super::super::model::app::{App, Step};
use super::super::model::detail::{EventRow, Node};
use super::super::model::drift::Drift;
use super::super::model::fleet::{Cluster, Fleet};
use super::super::model::logs::{Level, LogLine};
use super::super::model::nav::{Place, Tab, View};
use super::super::model::order::{By, Order};
use super::super::model::query::{FIELDS, Facts, Field, Query};
use super::super::model::{Model, State};
use super::rows::{Row, unsifted};

/// Values that are offered.
const OFFERED: usize = 12;

/// Whether a place shows lines of text, in which a colon means itself.
fn of_lines(view: &View) -> bool {
    matches!(view, View::App(_, Tab::Diff | Tab::Info | Tab::Yaml | Tab::Logs))
}

/// Reads what was typed for a place.
#[must_use]
pub fn query(view: &View, text: &str) -> Query {
    if of_lines(view) { Query::of_lines(text) } else { Query::new(text) }
}

/// Whether a row fits the query of its place.
#[must_use]
pub fn fits(row: &Row<'_>, query: &Query, model: &Model) -> bool {
    query.fits(&facts(row, &model.fleet), model.now)
}

/// The rows in an order; those that are alike stand by name.
#[must_use]
pub(super) fn sorted<'a>(rows: Vec<Row<'a>>, order: Order, model: &'a Model) -> Vec<Row<'a>> {
    type Key<'a> = (Option<State>, Option<i64>, &'a str, &'a str, &'a str);
    let key = |row: &Row<'a>| -> Key<'a> {
        let facts = facts(row, &model.fleet);
        let (name, namespace) = (facts.name, facts.namespace);
        let cluster = facts.clusters.first().copied().unwrap_or_default();
        let age = facts.since.map(|since| -since.as_second());
        match order.by {
            By::Name => (None, None, name, namespace, cluster),
            By::Namespace => (None, None, namespace, name, cluster),
            By::Health => (facts.state, None, name, namespace, cluster),
            By::Age => (None, age, name, namespace, cluster),
            By::Cluster => (None, None, cluster, name, namespace),
            By::Kind => (None, None, facts.kind, name, namespace),
        }
    };
    let mut keyed: Vec<(Key<'a>, Row<'a>)> = rows.into_iter().map(|row| (key(&row), row)).collect();
    keyed.sort_by(|(a, _), (b, _)| if order.reversed { b.cmp(a) } else { a.cmp(b) });
    keyed.into_iter().map(|(_, row)| row).collect()
}

/// What is known of a row.
#[must_use]
pub fn facts<'a>(row: &Row<'a>, fleet: &'a Fleet) -> Facts<'a> {
    match row {
        Row::App(app) => app_facts(app, fleet),
        Row::Drift(app, drift) => drift_facts(app, drift),
        Row::Gone(seen) => Facts { name: seen.name.as_str(), ..Facts::default() },
        Row::Cluster(cluster) => cluster_facts(cluster),
        Row::Node(node) => node_facts(node),
        Row::Step(step) => step_facts(step),
        Row::Revision(revision) => Facts {
            name: revision.name.as_str(),
            state: Some(if revision.succeeded { State::Healthy } else { State::Unknown }),
            since: revision.created,
            prose: smallvec![revision.publish_version.as_str()],
            ..Facts::default()
        },
        Row::Event(event) => event_facts(event),
        Row::Log(line) => log_facts(line),
        Row::Pair(left, right) => {
            let texts = left.iter().chain(right).map(|line| line.text.as_str());
            Facts { prose: texts.collect(), ..Facts::default() }
        }
        Row::Diff(line) => {
            let prose = smallvec![line.text.as_str(), line.who.as_str()];
            Facts { prose, ..Facts::default() }
        }
        Row::Deed(deed) => Facts {
            name: deed.about.as_str(),
            owners: smallvec![deed.who.as_str()],
            since: deed.at,
            prose: smallvec![deed.verb.as_str(), deed.reason.as_str(), deed.said.as_str()],
            ..Facts::default()
        },
        Row::Line(line) => Facts { prose: smallvec![line.text.as_str()], ..Facts::default() },
        Row::Fact(fact) => {
            Facts { prose: smallvec![fact.name.as_str(), fact.value.as_str()], ..Facts::default() }
        }
        Row::Pulse(Some(cluster)) => Facts { name: cluster.name.as_str(), ..Facts::default() },
        Row::Pulse(None) => Facts::default(),
    }
}

fn app_facts<'a>(app: &'a App, fleet: &'a Fleet) -> Facts<'a> {
    let drift = fleet.drift_of(app).into_iter().flat_map(|drift| &drift.objects);
    let step = app.steps.iter().find(|step| ["suspending", "running"].contains(&&*step.phase));
    Facts {
        name: &app.key.name,
        namespace: &app.key.namespace,
        clusters: app.places().collect(),
        kind: "Application",
        tells_kind: false,
        state: Some(fleet.state(app)),
        owners: drift
            .map(|object| object.who.as_str())
            .chain((!app.owner.is_empty()).then_some(app.owner.as_str()))
            .collect(),
        step: step.map_or("", |step| step.name.as_str()),
        since: app.since,
        labels: Some(&app.labels),
        prose: smallvec![app.why.as_str(), app.phase.as_str(), app.revision.as_str()],
    }
}

fn drift_facts<'a>(app: &'a App, drift: &'a Drift) -> Facts<'a> {
    let of = |part: fn(&'a _) -> &'a str| drift.objects.iter().map(part);
    let prose = of(|object| object.object.as_str()).chain(of(|object| object.what.as_str()));
    Facts {
        name: &app.key.name,
        namespace: &app.key.namespace,
        clusters: of(|object| object.cluster.as_str()).collect(),
        kind: "Application",
        state: Some(State::Drifted),
        owners: of(|object| object.who.as_str()).collect(),
        since: drift.since(),
        labels: Some(&app.labels),
        prose: prose.collect(),
        ..Facts::default()
    }
}

fn cluster_facts(cluster: &Cluster) -> Facts<'_> {
    Facts {
        name: &cluster.name,
        clusters: smallvec![cluster.name.as_str()],
        kind: "Cluster",
        state: Some(cluster.state()),
        since: cluster.since,
        prose: smallvec![cluster.error.as_str()],
        ..Facts::default()
    }
}

fn node_facts(node: &Node) -> Facts<'_> {
    Facts {
        name: node.name.as_str(),
        namespace: &node.namespace,
        clusters: smallvec![node.cluster.as_str()],
        kind: node.kind.as_str(),
        tells_kind: true,
        state: Some(node.state),
        prose: smallvec![node.text.as_str()],
        ..Facts::default()
    }
}

fn step_facts(step: &Step) -> Facts<'_> {
    Facts {
        name: step.name.as_str(),
        kind: step.step_type.as_str(),
        tells_kind: true,
        state: Some(step.told().0),
        step: step.name.as_str(),
        since: step.times.0,
        prose: smallvec![step.phase.as_str(), step.reason.as_str(), step.message.as_str()],
        ..Facts::default()
    }
}

fn event_facts(event: &EventRow) -> Facts<'_> {
    let (kind, name) = event.object.as_str().split_once(' ').unwrap_or(("", event.object.as_str()));
    Facts {
        name,
        kind,
        tells_kind: true,
        state: Some(if event.warning { State::Degraded } else { State::Healthy }),
        since: event.last,
        prose: smallvec![event.reason.as_str(), event.message.as_str()],
        ..Facts::default()
    }
}

fn log_facts(line: &LogLine) -> Facts<'_> {
    let state = match line.level {
        Level::Plain => State::Healthy,
        Level::Warning => State::Progressing,
        Level::Error => State::Degraded,
    };
    Facts {
        state: Some(state),
        since: line.time,
        prose: smallvec![line.source.as_str(), line.text.as_str()],
        ..Facts::default()
    }
}

/// What the last word of the prompt could become, the likeliest first.
#[must_use]
pub fn offered(model: &Model) -> Vec<String> {
    let place = model.nav.place();
    if of_lines(&place.view) {
        return Vec::new();
    }
    let (_, word) = last_word(place.query.text());
    let word = word.strip_prefix('!').unwrap_or(word);
    let Some((name, value)) = word.split_once(':') else {
        let fields = FIELDS.iter().map(|(name, _)| format!("{name}:"));
        return fields.filter(|field| !word.is_empty() && field.starts_with(word)).collect();
    };
    let Some((_, field)) = FIELDS.iter().find(|(known, _)| *known == name) else {
        return Vec::new();
    };
    let begun = value.rsplit(',').next().unwrap_or_default().to_lowercase();
    let head = &word[..word.len() - begun.len()];
    values(model, place, *field)
        .into_iter()
        .filter(|value| value.to_lowercase().starts_with(&begun) && *value != begun)
        .take(OFFERED)
        .map(|value| format!("{head}{value}"))
        .collect()
}

/// Every value of a field among the rows of a place.
fn values(model: &Model, place: &Place, field: Field) -> BTreeSet<String> {
    let mut values = BTreeSet::new();
    for row in unsifted(model, place) {
        let facts = facts(&row, &model.fleet);
        match field {
            Field::Name => drop(values.insert(facts.name.to_owned())),
            Field::Namespace => drop(values.insert(facts.namespace.to_owned())),
            Field::Cluster => values.extend(facts.clusters.iter().map(|&name| name.to_owned())),
            Field::Health => values.extend(facts.state.map(|state| state.word().to_owned())),
            Field::Kind => drop(values.insert(facts.kind.to_owned())),
            Field::Owner => values.extend(facts.owners.iter().map(|&name| name.to_owned())),
            Field::Step => drop(values.insert(facts.step.to_owned())),
            Field::Age => values.extend(["<10m", "<1h", ">1h", ">1d"].map(str::to_owned)),
            Field::Label => {
                let labels = facts.labels.into_iter().flatten();
                values.extend(labels.map(|(key, value)| format!("{key}={value}")));
            }
        }
    }
    // What holds a blank would be two words.
    values.retain(|value| !value.is_empty() && !value.contains(char::is_whitespace));
    values
}

/// The first offer takes the place of the last word.
#[must_use]
pub fn completed(model: &Model) -> Option<String> {
    let offer = offered(model).into_iter().next()?;
    let text = model.nav.place().query.text();
    let (head, word) = last_word(text);
    let not = if word.starts_with('!') { "!" } else { "" };
    Some(format!("{head}{not}{offer}"))
}

fn last_word(text: &str) -> (&str, &str) {
    text.split_at(text.rfind(char::is_whitespace).map_or(0, |at| at + 1))
}
