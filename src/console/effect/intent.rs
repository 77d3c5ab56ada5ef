//! An intent of the engine as a sheet shows it: what it says, what comes next, what it relies on, and
//! every write with what it changes.

use mizzen_engine::operate::{Intent, Stage, Verb, Write};
use mizzen_oam::Application;
use serde_json::Value;

use super::compare;
use crate::console::model::detail::{DiffKind, DiffLine};
use crate::console::model::sheet::{PlanRow, PlanView};
use crate::console::term::clean::Clean;

/// Lines of one value that a sheet shows.
const MOST_LINES: usize = 200;

/// The sheet's view of an intent.
#[must_use]
pub fn view(number: u64, intent: &Intent) -> PlanView {
    let mut consequences: Vec<Clean> = intent.says.iter().map(|text| Clean::new(text)).collect();
    consequences.extend(next(intent));
    consequences.extend(relies_on(intent));
    let shown = serde_json::to_value(&intent.shown).unwrap_or_default();
    PlanView {
        number,
        headline: headline(intent),
        consequences,
        rows: intent.stages.iter().map(|stage| row(stage, &shown)).collect(),
        forecast: false,
    }
}

fn headline(intent: &Intent) -> Clean {
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
    Clean::new(&format!("{word} {app}{subject}: {writes} write{plural} on the hub."))
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
    let known = if object.kind == "Application" { shown } else { &Value::Null };
    let (verb, diff) = match &stage.write {
        Write::Json { operations, .. } => ("patch", patch(operations, known)),
        Write::Create(value) => ("create", lines(DiffKind::Add, "", value)),
        Write::Delete { .. } => ("delete", Vec::new()),
        Write::AdoptGeneration | Write::ForgetVariables(_) => ("patch", Vec::new()),
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
        let view = view(7, &operate::approve(&app, None).expect("it waits"));
        assert_eq!(view.headline.as_str(), "Approve prod/shop: 1 write on the hub.");
        let told: Vec<&str> = view.consequences.iter().map(Clean::as_str).collect();
        assert_eq!(told[0], "step check (suspend) goes on in the run of shop-v3");
        assert_eq!(told[1], "Then it runs fleet (deploy), and waits again at last (suspend).");
        assert!(told[2].starts_with("Only if: metadata/generation is 3"), "{}", told[2]);
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
