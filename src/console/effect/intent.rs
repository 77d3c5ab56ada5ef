//! An intent of the engine as a sheet shows it: what it says, what it relies on, every write.

use mizzen_engine::operate::{Intent, Stage, Write};
use serde_json::Value;

use crate::console::model::detail::{DiffKind, DiffLine};
use crate::console::model::sheet::{PlanRow, PlanView};
use crate::console::term::clean::Clean;

/// Lines of one value that a sheet shows.
const MOST_LINES: usize = 40;

/// The sheet's view of an intent.
#[must_use]
pub fn view(number: u64, intent: &Intent) -> PlanView {
    let writes = intent.stages.len();
    let plural = if writes == 1 { "" } else { "s" };
    let mut word = intent.verb.word().to_owned();
    if let Some(first) = word.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    let subject = match intent.subject.as_str() {
        "" => String::new(),
        subject => format!(" {subject} of"),
    };
    let headline =
        format!("{word}{subject} {}: {writes} write{plural} on the hub.", intent.application());
    let mut consequences: Vec<Clean> = intent.says.iter().map(|text| Clean::new(text)).collect();
    consequences.extend(relies_on(intent));
    PlanView {
        number,
        headline: Clean::new(&headline),
        consequences,
        rows: intent.stages.iter().map(row).collect(),
        forecast: false,
    }
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

fn row(stage: &Stage) -> PlanRow {
    let object = &stage.object;
    let (verb, diff) = match &stage.write {
        Write::Json { operations, .. } => ("patch", patch(operations)),
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

fn patch(operations: &[Value]) -> Vec<DiffLine> {
    let change = |operation: &Value| {
        let path = operation["path"].as_str().unwrap_or_default().trim_start_matches('/');
        match operation["op"].as_str() {
            Some("add" | "replace") => lines(DiffKind::Add, path, &operation["value"]),
            Some("remove") => vec![DiffLine { kind: DiffKind::Remove, text: Clean::new(path) }],
            _ => Vec::new(),
        }
    };
    operations.iter().flat_map(change).collect()
}

fn lines(kind: DiffKind, path: &str, value: &Value) -> Vec<DiffLine> {
    if !value.is_object() && !value.is_array() {
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
            "status": {"workflow": {"suspend": true, "appRevision": "shop-v3", "mode": "StepByStep",
                "terminated": false, "finished": false, "steps": [{"id": "s1", "name": "check",
                    "type": "suspend", "phase": "suspending"}]}}
        }))
        .expect("a well-formed application");
        let view = view(7, &operate::approve(&app, None).expect("it waits"));
        assert_eq!(view.headline.as_str(), "Approve prod/shop: 1 write on the hub.");
        let told: Vec<&str> = view.consequences.iter().map(Clean::as_str).collect();
        assert_eq!(told[0], "step check (suspend) goes on in the run of shop-v3");
        assert!(told[1].starts_with("Only if: metadata/generation is 3"), "{}", told[1]);
        let writes: Vec<&str> = view.rows[0].diff.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(
            writes,
            ["status/workflow/suspend: false", "status/workflow/steps/0/phase: running"]
        );
    }
}
