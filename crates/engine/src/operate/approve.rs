//! Approve: let a run go on past the gates where it waits. On the wire it is upstream's `resume`.
//!
//! Source: `ResumeWorkflow` in `pkg/workflow/operation/operation.go` of kubevela.

use super::error::OperateError;
use super::facts::test;
use super::facts::{Gate, Place, places, refused, replace, run, same_run, same_step, same_wishes};
use super::intent::{Intent, Verb};
use super::subject::Subject;

/// The steps of a run that wait for a person or a time, in order.
#[must_use]
pub fn gates<S: Subject>(app: &S) -> Vec<Gate> {
    let run = app.progress().filter(|run| run.suspend && !run.terminated);
    run.map(|run| {
        places(run)
            .filter(|place| place.step.phase == "suspending" && !place.is_group)
            .map(|place| Gate {
                group: place.group.to_owned(),
                name: place.step.name.clone(),
                step_type: place.step.step_type.clone(),
                id: place.step.id.clone(),
                message: place.step.message.clone(),
            })
            .collect()
    })
    .unwrap_or_default()
}

/// The intent to let one waiting step go on, some of them (names with commas between), or all.
///
/// It relies on the subject's wishes, the run, and each step's id and state: when one of these
/// moved, the API server refuses the write.
///
/// # Errors
/// [`OperateError::Refused`] when the run has ended, does not wait, or no such step waits.
pub fn approve<S: Subject>(app: &S, step: Option<&str>) -> Result<Intent<S>, OperateError> {
    let run = run(Verb::Approve, app)?;
    if run.terminated {
        let why = "its workflow has ended; restart it instead";
        return Err(refused(Verb::Approve, app, why));
    }
    if !run.suspend {
        return Err(refused(Verb::Approve, app, "its workflow does not wait for anyone"));
    }
    let chosen: Vec<&str> = step.into_iter().flat_map(|names| names.split(',')).collect();
    let named = |place: &Place<'_>, name: &str| place.step.name == name || place.group == name;
    let waits = |place: &Place<'_>| place.step.phase == "suspending";
    let waiting: Vec<Place<'_>> = places(run)
        .filter(|place| waits(place))
        .filter(|place| step.is_none() || chosen.iter().any(|name| named(place, name)))
        .collect();
    let idle = chosen.iter().find(|name| !waiting.iter().any(|place| named(place, name)));
    if let Some(name) = idle {
        let names: Vec<String> = gates(app).into_iter().map(|gate| gate.name).collect();
        let why = format!("step {name} does not wait; waiting: {}", names.join(", "));
        return Err(refused(Verb::Approve, app, why));
    }
    let mut operations = same_wishes(app);
    operations.extend(same_run(app, run).into_iter().skip(1));
    operations.push(test(&format!("{}/suspend", run.root), true));
    operations.extend(waiting.iter().flat_map(same_step));
    operations.push(replace(&format!("{}/suspend", run.root), false));
    let phase = |place: &Place<'_>| replace(&format!("{}/phase", place.pointer), "running");
    operations.extend(waiting.iter().map(phase));
    let mut intent = Intent::new(Verb::Approve, app, step.unwrap_or_default());
    for place in waiting.iter().filter(|place| !place.is_group) {
        intent = intent.say(format!(
            "step {} ({}) goes on in the run of {}",
            place.step.name, place.step.step_type, run.of
        ));
    }
    if waiting.is_empty() {
        intent = intent.say(format!("the run of {} goes on", run.of));
    }
    Ok(intent.patch("resume", Some("status"), operations))
}

#[cfg(test)]
mod tests {
    use mizzen_oam::Application;
    use serde_json::json;

    use super::approve;

    fn check(step: Option<&str>, expected: Result<usize, &str>) {
        let gate = |name: &str| {
            json!({"id": name, "name": name, "type": "suspend",
            "phase": "suspending"})
        };
        let app: Application = serde_json::from_value(json!({
            "metadata": {"name": "shop", "namespace": "prod", "uid": "u1"},
            "spec": {"components": []},
            "status": {"workflow": {"suspend": true, "appRevision": "shop-v3", "mode": "DAG-DAG",
                "terminated": false, "finished": false,
                "steps": [gate("eu"), gate("us"), gate("ap")]}}
        }))
        .expect("a well-formed application");
        match (approve(&app, step), expected) {
            (Ok(intent), Ok(gates)) => assert_eq!(intent.says.len(), gates, "{step:?}"),
            (Err(error), Err(why)) => assert!(error.to_string().contains(why), "{error}"),
            (found, _) => panic!("{step:?}: {found:?}"),
        }
    }

    #[test]
    fn one_gate_some_or_all_go_on() {
        check(None, Ok(3));
        check(Some("us"), Ok(1));
        check(Some("eu,ap"), Ok(2));
        check(Some("eu,moon"), Err("step moon does not wait; waiting: eu, us, ap"));
    }
}
