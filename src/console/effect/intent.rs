//! An intent of the engine as a sheet shows it: what it says, what comes next, what it relies on, and
//! every write with what it changes.

mod rows;

pub(crate) use rows::is_bookkeeping;

use std::collections::BTreeSet;

use mizzen_engine::forecast::End;
use mizzen_engine::operate::{Intent, Verb, Write};
use mizzen_engine::plan;
use mizzen_oam::Application;

use super::foresee::Consequence;
use crate::console::model::sheet::PlanView;
use crate::console::term::clean::Clean;

/// What would follow from an intent, if anything, or why that cannot be foreseen.
pub(super) type Known = Result<Option<Consequence>, String>;

/// The sheet's view of an intent with what would follow.
#[must_use]
pub(super) fn view(number: u64, intent: &Intent, foreseen: &Known) -> PlanView {
    let mut consequences: Vec<Clean> = intent.says.iter().map(|text| Clean::new(text)).collect();
    let shown = serde_json::to_value(&intent.shown).unwrap_or_default();
    let writes = intent.stages.iter().map(|stage| rows::write(stage, &shown)).collect();
    let plan = foreseen.as_ref().ok().and_then(Option::as_ref);
    match foreseen {
        Ok(Some(consequence)) => consequences.extend(ends(consequence)),
        Ok(None) => {}
        Err(why) => {
            consequences.extend(next(intent));
            let text = format!("What it would write then cannot be foreseen: {why}");
            consequences.push(Clean::new(&text));
        }
    }
    PlanView {
        number,
        headline: headline(intent, plan),
        consequences,
        rows: plan.map(|consequence| rows::actions(&consequence.plan)).unwrap_or_default(),
        writes,
        relies_on: relies_on(intent),
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

fn headline(intent: &Intent, consequence: Option<&Consequence>) -> Clean {
    let writes = intent.stages.len();
    let plural = if writes == 1 { "" } else { "s" };
    let mut word = match intent.verb {
        // As the button says it.
        Verb::Restart => "run again".to_owned(),
        other => other.word().to_owned(),
    };
    if let Some(first) = word.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    let subject = match (intent.verb, intent.subject.as_str()) {
        (_, "") => String::new(),
        (Verb::Rollback, revision) => format!(" to {revision}"),
        (Verb::Publish, version) => format!(" as version {version}"),
        (_, step) => format!(" at step {step}"),
    };
    let app = intent.application();
    if intent.verb == Verb::Repair {
        let objects = counted(intent.stages.len(), "object");
        return Clean::new(&format!("{word} {app}: {objects} put back as delivered."));
    }
    let then = consequence.map(|consequence| {
        let rows = rows::actions(&consequence.plan);
        let clusters: BTreeSet<&str> = rows.iter().map(|row| row.cluster.as_str()).collect();
        if rows.is_empty() {
            return ", and no object changes".to_owned();
        }
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
            Some(format!(
                "{} is {}",
                path.trim_start_matches('/'),
                rows::short(&operation["value"])
            ))
        })
        .collect();
    (!facts.is_empty()).then(|| Clean::new(&format!("Only if: {}.", facts.join(", "))))
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
        let relies = view.relies_on.unwrap_or_default();
        assert!(relies.as_str().starts_with("Only if: metadata/generation is 3"), "{relies}");
        let writes: Vec<&str> = view.writes[0].diff.iter().map(|line| line.text.as_str()).collect();
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
