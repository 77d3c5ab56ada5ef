//! Plays one scenario: its steps as a person would make them, and after each the comparison.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Map, Value};

use crate::compare::{Difference, Matching, values};
use crate::dump;
use crate::operator::Operator;
use crate::scenario::{Recorded, Step};
use crate::world::World;

/// How a scenario ended.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Every state was as recorded.
    Same,
    /// What differed, or what could not be done.
    Different(Vec<String>),
    /// The scenario needs something that is named here and not built.
    NotBuilt(String),
}

/// Plays all steps; the first step that differs ends the scenario.
pub(crate) async fn scenario(recorded: &Recorded, world: &World, operator: &Operator) -> Outcome {
    let mut matching = Matching::default();
    for (index, step) in recorded.scenario.steps.iter().enumerate() {
        let number = index + 1;
        let done = act(recorded, number, step, world, operator).await;
        match done {
            Ok(()) => {}
            Err(why) => return ended(why),
        }
        match differences(recorded, number, world, &mut matching).await {
            Ok(found) if found.is_empty() => {}
            Ok(found) => {
                return Outcome::Different(
                    found.iter().map(|difference| format!("step {number}: {difference}")).collect(),
                );
            }
            Err(why) => return Outcome::Different(vec![format!("step {number}: {why}")]),
        }
    }
    Outcome::Same
}

/// What an error means for the scenario: something is missing, or something is wrong.
pub(crate) fn ended(why: String) -> Outcome {
    match why.strip_prefix("not built: ") {
        Some(what) => Outcome::NotBuilt(what.to_owned()),
        None => Outcome::Different(vec![why]),
    }
}

async fn act(
    recorded: &Recorded,
    number: usize,
    step: &Step,
    world: &World,
    operator: &Operator,
) -> Result<(), String> {
    for input in step.apply.iter().flat_map(|files| files.as_slice()) {
        world.apply(&recorded.input(input)?, step.cluster.as_deref()).await?;
    }
    for change in step.patch.iter().chain(&step.edit) {
        world.patch(change).await?;
    }
    if let Some(target) = &step.delete {
        world.delete(target).await?;
    }
    if let Some(command) = &step.cli {
        // What upstream's tool failed to do may well work here; the recording goes on without it.
        let failed = recorded.plain(number, "cli").is_some_and(|cli| cli["exit"] != 0);
        if !failed {
            operator.command(&command.replace("$NS", &recorded.scenario.namespace)).await?;
        }
    }
    for wait in step.wait.iter().flat_map(|waits| waits.as_slice()) {
        world.wait(wait, recorded).await?;
    }
    // The clock is paused: this is the time of the clusters, not a pause of ours.
    let seconds = |given: Option<f64>, else_: f64| Duration::from_secs_f64(given.unwrap_or(else_));
    world.quiet(seconds(step.settle, 0.0), seconds(step.quiet, 10.0)).await;
    Ok(())
}

async fn differences(
    recorded: &Recorded,
    step: usize,
    world: &World,
    matching: &mut Matching,
) -> Result<Vec<Difference>, String> {
    let state = dump::state(world, &recorded.scenario).await?;
    let mut found = Vec::new();
    for section in dump::SECTIONS {
        let theirs = recorded.section(step, section);
        let ours = state.get(*section).and_then(Value::as_object).cloned().unwrap_or_default();
        if *section == "definitions" && !recorded.scenario.definitions {
            continue;
        }
        let theirs = Value::Object(shape(theirs));
        matching.learn_hashes(&theirs);
        values(section, &theirs, &ours.into(), matching, &mut found);
    }
    let dropping = dropping(recorded.plain(step, "events"));
    let theirs = without_counts(recorded.plain(step, "events"));
    let mut ours = dump::events(world, &recorded.scenario).await?;
    ours.retain(|event| theirs.contains(event) || !dropping.contains(&event["object"].to_string()));
    if theirs.is_empty() {
        // Nothing was flushed yet when the state was taken; the next state has it.
        let late = without_counts(recorded.plain(step + 1, "events"));
        ours.retain(|event| !late.contains(event));
    }
    found.extend(event_differences(&theirs, &ours));
    Ok(found)
}

/// The recorded form in which definitions that are not ours are named only.
fn shape(section: Map<String, Value>) -> Map<String, Value> {
    section.into_iter().map(|(key, value)| (key, definitions_named(value))).collect()
}

fn definitions_named(value: Value) -> Value {
    match value {
        Value::Object(mut fields) => {
            if fields.contains_key("$definition") {
                fields.shift_remove("sha256");
            }
            Value::Object(fields.into_iter().map(|(k, v)| (k, definitions_named(v))).collect())
        }
        Value::Array(list) => list.into_iter().map(definitions_named).collect(),
        other => other,
    }
}

/// How many events of one object client-go's recorder sends at once before it drops further ones.
const BURST: u64 = 25;

/// The objects about which the recorded controller had said so much that the rest was dropped.
fn dropping(events: Option<&Value>) -> BTreeSet<String> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for event in events.and_then(Value::as_array).into_iter().flatten() {
        *counts.entry(event["object"].to_string()).or_default() +=
            event["count"].as_u64().unwrap_or(1);
    }
    counts.into_iter().filter(|(_, count)| *count >= BURST).map(|(object, _)| object).collect()
}

fn without_counts(events: Option<&Value>) -> Vec<Value> {
    let mut events: Vec<Value> = events.and_then(Value::as_array).cloned().unwrap_or_default();
    for event in &mut events {
        if let Some(fields) = event.as_object_mut() {
            fields.shift_remove("count");
        }
    }
    events
}

/// Events of ours that upstream has no counterpart of.
const OURS: &[&str] = &["DriftRepaired"];

/// Events are compared as a set of sentences.
fn event_differences(theirs: &[Value], ours: &[Value]) -> Vec<Difference> {
    let known = |event: &&Value| event["reason"].as_str().is_none_or(|r| !OURS.contains(&r));
    let set = |events: &[Value]| events.iter().filter(known).map(sentence).collect::<BTreeSet<_>>();
    let (theirs, ours) = (set(theirs), set(ours));
    let one = |recorded: Option<&String>, ours: Option<&String>| Difference {
        path: "events".into(),
        recorded: recorded.map(|text| Value::String(text.clone())),
        ours: ours.map(|text| Value::String(text.clone())),
    };
    theirs
        .difference(&ours)
        .map(|event| one(Some(event), None))
        .chain(ours.difference(&theirs).map(|event| one(None, Some(event))))
        .collect()
}

fn sentence(event: &Value) -> String {
    ["object", "type", "reason", "message", "source"]
        .iter()
        .map(|key| event[*key].as_str().unwrap_or_default())
        .collect::<Vec<_>>()
        .join(" | ")
}
