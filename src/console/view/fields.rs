//! The rows of a place as fields with names: for programs and run books. The same rows as on the screen,
//! in the same order.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::console::model::app::{App, Step};
use crate::console::model::detail::{DiffKind, EventRow, Node};
use crate::console::model::fleet::Cluster;
use crate::console::model::journal::Outcome;
use crate::console::model::pulse::states;
use crate::console::model::{Model, State};
use crate::console::term::clean::Clean;
use crate::console::update::rows::{Row, rows};

/// The fields of a row, in order.
pub type Fields = Map<String, Value>;

/// Every row of the place on screen.
#[must_use]
pub fn fields(model: &Model) -> Vec<Fields> {
    rows(model).iter().filter_map(|row| of(row, model)).collect()
}

fn of(row: &Row<'_>, model: &Model) -> Option<Fields> {
    let value = match row {
        Row::App(app) => app_fields(app, model),
        Row::Drift(app, drift) => json!({"kind": "drift", "namespace": app.key.namespace,
            "name": app.key.name, "state": State::Drifted.word(), "since": moment(drift.since()),
            "what": text(&drift.why())}),
        Row::Cluster(cluster) => cluster_fields(cluster),
        Row::Node(node) => node_fields(node),
        Row::Step(step) => step_fields(step),
        Row::Revision(revision) => json!({"revision": text(&revision.name),
            "version": text(&revision.publish_version), "succeeded": revision.succeeded,
            "created": moment(revision.created)}),
        Row::Event(event) => event_fields(event),
        Row::Log(line) => json!({"time": moment(line.time), "source": text(&line.source),
            "line": text(&line.text)}),
        Row::Diff(line) => json!({"mark": mark(line.kind), "line": text(&line.text),
            "by": text(&line.who), "at": moment(line.when)}),
        Row::Deed(deed) => json!({"at": moment(deed.at), "verb": text(&deed.verb),
            "application": text(&deed.about), "by": text(&deed.who), "reason": text(&deed.reason),
            "outcome": outcome(deed.outcome), "said": text(&deed.said)}),
        Row::Line(line) => json!({"line": text(&line.text), "by": text(&line.who),
            "at": moment(line.when)}),
        Row::Fact(fact) => json!({"fact": text(&fact.name), "what": text(&fact.value),
            "state": fact.state.map(State::word), "when": moment(fact.when)}),
        Row::Pulse(cluster) => pulse_fields(*cluster, model),
        Row::Pair(..) | Row::Gone(_) => return None,
    };
    match value {
        Value::Object(fields) => Some(fields),
        _ => None,
    }
}

fn text(text: &Clean) -> &str {
    text.as_str()
}

fn moment(time: Option<Timestamp>) -> Option<String> {
    time.map(|time| time.to_string())
}

fn app_fields(app: &App, model: &Model) -> Value {
    let what = if app.why.is_empty() { &app.phase } else { &app.why };
    json!({"kind": "application", "namespace": app.key.namespace, "name": app.key.name,
        "state": model.fleet.state(app).word(), "since": moment(app.since), "what": text(what),
        "revision": text(&app.revision), "clusters": app.clusters().join(",")})
}

fn pulse_fields(cluster: Option<&Cluster>, model: &Model) -> Value {
    let states = states(&model.fleet, cluster);
    let mut fields = Map::new();
    fields.insert("cluster".to_owned(), json!(cluster.map_or("", |it| it.name.as_str())));
    fields.insert("applications".to_owned(), json!(states.values().sum::<u32>()));
    for state in State::ALL {
        let count = states.get(&state).copied().unwrap_or(0);
        fields.insert(state.word().to_owned(), json!(count));
    }
    Value::Object(fields)
}

fn cluster_fields(cluster: &Cluster) -> Value {
    json!({"kind": "cluster", "name": cluster.name, "state": cluster.state().word(),
        "since": moment(cluster.since), "what": text(&cluster.error), "delayMs": cluster.delay,
        "heard": moment(cluster.heard), "version": text(&cluster.version)})
}

fn node_fields(node: &Node) -> Value {
    json!({"depth": node.depth, "cluster": node.cluster, "component": text(&node.component),
        "kind": text(&node.kind), "namespace": node.namespace, "name": text(&node.name),
        "state": node.state.word(), "what": text(&node.text)})
}

fn step_fields(step: &Step) -> Value {
    let (_, word) = step.told();
    json!({"depth": step.depth, "step": text(&step.name), "type": text(&step.step_type),
        "state": word, "first": moment(step.times.0), "last": moment(step.times.1),
        "reason": text(&step.reason), "what": text(&step.message)})
}

fn event_fields(event: &EventRow) -> Value {
    json!({"last": moment(event.last), "type": if event.warning { "Warning" } else { "Normal" },
        "reason": text(&event.reason), "object": text(&event.object), "count": event.count,
        "what": text(&event.message)})
}

fn mark(kind: DiffKind) -> &'static str {
    match kind {
        DiffKind::Head => "#",
        DiffKind::Same => " ",
        DiffKind::Remove => "-",
        DiffKind::Add => "+",
    }
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Begun => "begun",
        Outcome::Done => "done",
        Outcome::Refused => "refused",
    }
}
