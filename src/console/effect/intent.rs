//! An intent of the engine as a sheet shows it: what it says, what comes next, what it relies on, and
//! every write with what it changes.

use std::collections::BTreeSet;

use mizzen_engine::forecast::End;
use mizzen_engine::operate::{Intent, Stage, Verb, Write};
use mizzen_engine::plan::{self, Action, Plan};
use mizzen_oam::Application;
use serde_json::Value;

use super::compare;
use super::foresee::Consequence;
use crate::console::model::detail::{DiffKind, DiffLine};
use crate::console::model::sheet::{PlanRow, PlanView};
use crate::console::term::clean::Clean;

/// Lines of one value that a sheet shows.
const MOST_LINES: usize = 200;

/// What would follow from an intent, if anything, or why that cannot be foreseen.
pub(super) type Known = Result<Option<Consequence>, String>;

/// The sheet's view of an intent with what would follow.
#[must_use]
pub(super) fn view(number: u64, intent: &Intent, foreseen: &Known) -> PlanView {
    let mut consequences: Vec<Clean> = intent.says.iter().map(|text| Clean::new(text)).collect();
    let shown = serde_json::to_value(&intent.shown).unwrap_or_default();
    let mut rows: Vec<PlanRow> = intent.stages.iter().map(|stage| row(stage, &shown)).collect();
    let plan = foreseen.as_ref().ok().and_then(Option::as_ref);
    match foreseen {
        Ok(Some(consequence)) => {
            consequences.extend(ends(consequence));
            rows.extend(actions(&consequence.plan));
        }
        Ok(None) => {}
        Err(why) => {
            consequences.extend(next(intent));
            let text = format!("What it would write then cannot be foreseen: {why}");
            consequences.push(Clean::new(&text));
        }
    }
    consequences.extend(relies_on(intent));
    PlanView {
        number,
        headline: headline(intent, plan),
        consequences,
        rows,
        forecast: plan.is_some(),
    }
}

/// How it ends, what stays as it is, and what could not be read.
fn ends(consequence: &Consequence) -> Vec<Clean> {
    let mut lines = Vec::new();
    match &consequence.end {
        Some(End::Gate(step)) => lines.push(format!("Then it waits again, at step {step}.")),
        Some(End::Stops { step, why }) => {
            lines.push(format!("Beyond step {step} nothing can be foreseen: {why}"));
        }
        Some(End::Finished) | None => {}
    }
    match consequence.plan.count(plan::Verb::Keep) {
        0 => {}
        1 => lines.push("1 object stays as it is.".to_owned()),
        kept => lines.push(format!("{kept} objects stay as they are.")),
    }
    let unread = consequence.unread.iter();
    lines.extend(unread.map(|(cluster, why)| {
        format!("{cluster} cannot be read, so what it would get is not shown: {why}")
    }));
    lines.iter().map(|line| Clean::new(line)).collect()
}

/// Every action that changes something, cluster by cluster.
fn actions(plan: &Plan) -> Vec<PlanRow> {
    let of = |cluster| plan.in_cluster(cluster).filter(|a| a.verb != plan::Verb::Keep);
    plan.clusters().into_iter().flat_map(of).map(action).collect()
}

fn action(action: &Action) -> PlanRow {
    let new = action.verb == plan::Verb::Create;
    let changes = action.diff.changes.iter().filter(|_| !new);
    let diff = changes.flat_map(|change| {
        let side = |kind, value: &Option<Value>| {
            value.iter().flat_map(|value| lines(kind, &change.path, value)).collect::<Vec<_>>()
        };
        [side(DiffKind::Remove, &change.before), side(DiffKind::Add, &change.after)].concat()
    });
    PlanRow {
        cluster: action.object.cluster.clone(),
        verb: action.verb.word().to_owned(),
        object: Clean::new(&format!("{} {}", action.object.kind, action.object.path())),
        reason: Clean::new(&action.reason.to_string()),
        diff: diff.take(MOST_LINES).collect(),
    }
}

fn headline(intent: &Intent, consequence: Option<&Consequence>) -> Clean {
    let writes = intent.stages.len();
    let plural = if writes == 1 { "" } else { "s" };
    let mut word = intent.verb.word().to_owned();
    if let Some(first) = word.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    let subject = match (intent.verb, intent.subject.as_str()) {
        (_, "") => String::new(),
        (Verb::Rollback, revision) => format!(" to {revision}"),
        (_, step) => format!(" at step {step}"),
    };
    let app = intent.application();
    let then = consequence.map(|consequence| {
        let rows = actions(&consequence.plan);
        let clusters: BTreeSet<&str> = rows.iter().map(|row| row.cluster.as_str()).collect();
        format!(
            ", then {} in {}",
            counted(rows.len(), "object"),
            counted(clusters.len(), "cluster")
        )
    });
    let then = then.unwrap_or_default();
    Clean::new(&format!("{word} {app}{subject}: {writes} write{plural} on the hub{then}."))
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// The steps that an approval sets free: those behind the gate, up to the next gate.
fn next(intent: &Intent) -> Option<Clean> {
    let workflow = intent.shown.spec.workflow.as_ref().filter(|_| intent.verb == Verb::Approve)?;
    let ahead = workflow.steps.iter().filter(|step| !reached(&intent.shown, &step.base.name));
    let mut names = Vec::new();
    for step in ahead {
        let gate = step.base.step_type == "suspend";
        let word = if gate { "and waits again at" } else { "" };
        let text = format!("{word} {} ({})", step.base.name, step.base.step_type);
        names.push(text.trim().to_owned());
        if gate {
            break;
        }
    }
    (!names.is_empty()).then(|| Clean::new(&format!("Then it runs {}.", names.join(", "))))
}

fn reached(app: &Application, name: &str) -> bool {
    let run = app.status.workflow.iter().flat_map(|run| &run.steps);
    run.into_iter().any(|step| step.step.name == name)
}

/// The facts without which nothing is written.
fn relies_on(intent: &Intent) -> Option<Clean> {
    let tests = intent.stages.iter().flat_map(|stage| match &stage.write {
        Write::Json { operations, .. } => operations.as_slice(),
        Write::Create(_)
        | Write::Delete { .. }
        | Write::AdoptGeneration
        | Write::Action(_)
        | Write::ForgetVariables(_) => &[],
    });
    let facts: Vec<String> = tests
        .filter(|operation| operation["op"] == "test" && operation["path"] != "/metadata/uid")
        .filter_map(|operation| {
            let path = operation["path"].as_str()?;
            Some(format!("{} is {}", path.trim_start_matches('/'), short(&operation["value"])))
        })
        .collect();
    (!facts.is_empty()).then(|| Clean::new(&format!("Only if: {}.", facts.join(", "))))
}

fn row(stage: &Stage, shown: &Value) -> PlanRow {
    let object = &stage.object;
    if let Write::Action(planned) = &stage.write {
        return action(planned);
    }
    let known = if object.kind == "Application" { shown } else { &Value::Null };
    let (verb, diff) = match &stage.write {
        Write::Json { operations, .. } => ("patch", patch(operations, known)),
        Write::Create(value) => ("create", lines(DiffKind::Add, "", value)),
        Write::Delete { .. } => ("delete", Vec::new()),
        Write::AdoptGeneration | Write::Action(_) | Write::ForgetVariables(_) => {
            ("patch", Vec::new())
        }
    };
    PlanRow {
        cluster: object.cluster.clone(),
        verb: verb.to_owned(),
        object: Clean::new(&format!("{} {}", object.kind, object.path())),
        reason: Clean::new(stage.name),
        diff,
    }
}

/// What the operations of a patch change in an object, as far as it is known.
fn patch(operations: &[Value], known: &Value) -> Vec<DiffLine> {
    let change = |operation: &Value| {
        let pointer = operation["path"].as_str().unwrap_or_default();
        let path = pointer.trim_start_matches('/');
        let (before, after) = (known.pointer(pointer), &operation["value"]);
        match (operation["op"].as_str(), before) {
            (Some("add" | "replace"), Some(before)) => changed(path, before, after),
            (Some("add" | "replace"), None) => lines(DiffKind::Add, path, after),
            (Some("remove"), _) => {
                vec![DiffLine { kind: DiffKind::Remove, text: Clean::new(path) }]
            }
            _ => Vec::new(),
        }
    };
    operations.iter().flat_map(change).collect()
}

fn changed(path: &str, before: &Value, after: &Value) -> Vec<DiffLine> {
    if is_short(before) && is_short(after) {
        return [lines(DiffKind::Remove, path, before), lines(DiffKind::Add, path, after)].concat();
    }
    let head = DiffLine { kind: DiffKind::Head, text: Clean::new(&format!("{path}:")) };
    let diff = compare::lines(before, after).into_iter().take(MOST_LINES);
    std::iter::once(head).chain(diff).collect()
}

fn is_short(value: &Value) -> bool {
    !value.is_object() && !value.is_array()
}

fn lines(kind: DiffKind, path: &str, value: &Value) -> Vec<DiffLine> {
    if is_short(value) {
        let text = Clean::new(&format!("{path}: {}", short(value)));
        return vec![DiffLine { kind, text }];
    }
    let head = (!path.is_empty()).then(|| DiffLine { kind, text: Clean::new(&format!("{path}:")) });
    let body = super::read::text(value).into_iter().take(MOST_LINES);
    head.into_iter().chain(body.map(|text| DiffLine { kind, text })).collect()
}

fn short(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use mizzen_engine::operate;
    use serde_json::json;

    use super::*;

    #[test]
    fn an_approval_says_what_it_writes_and_relies_on() {
        let app = serde_json::from_value(json!({
            "metadata": {"name": "shop", "namespace": "prod", "uid": "u1", "generation": 3},
            "spec": {"workflow": {"steps": [{"name": "check", "type": "suspend"},
                {"name": "fleet", "type": "deploy"}, {"name": "last", "type": "suspend"},
                {"name": "far", "type": "deploy"}]}},
            "status": {"workflow": {"suspend": true, "appRevision": "shop-v3", "mode": "StepByStep",
                "terminated": false, "finished": false, "steps": [{"id": "s1", "name": "check",
                    "type": "suspend", "phase": "suspending"}]}}
        }))
        .expect("a well-formed application");
        let view =
            view(7, &operate::approve(&app, None).expect("it waits"), &Err("offline".into()));
        assert_eq!(view.headline.as_str(), "Approve prod/shop: 1 write on the hub.");
        let told: Vec<&str> = view.consequences.iter().map(Clean::as_str).collect();
        assert_eq!(told[0], "step check (suspend) goes on in the run of shop-v3");
        assert_eq!(told[1], "Then it runs fleet (deploy), and waits again at last (suspend).");
        assert!(told[3].starts_with("Only if: metadata/generation is 3"), "{}", told[3]);
        let writes: Vec<&str> = view.rows[0].diff.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(
            writes,
            [
                "status/workflow/suspend: true",
                "status/workflow/suspend: false",
                "status/workflow/steps/0/phase: suspending",
                "status/workflow/steps/0/phase: running"
            ]
        );
    }
}
