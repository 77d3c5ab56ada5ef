//! What would follow from an intent: the walk of its workflow to the next gate, or the objects that a
//! revision had applied, planned against what is live in each cluster; and what would go.
//!
//! Invariant: nothing is guessed. What cannot be known beforehand is a sentence in the sheet.

mod leaving;

use std::collections::{BTreeMap, BTreeSet};

use futures::StreamExt;
use mizzen_engine::forecast::{self, End, Forecast, Foreseen};
use mizzen_engine::operate::{self, History, Intent, Verb};
use mizzen_engine::plan::{ObjectId, Plan, Rules};
use mizzen_engine::render::Definitions;
use mizzen_engine::workflow::Run;
use mizzen_oam::Application;
use mizzen_oam::annotations::PUBLISH_VERSION;
use serde_json::Value;

use super::world::World;
use super::{resources, words};
use crate::premises::{self, Ground};

/// Objects that are read at a time.
const WIDTH: usize = 16;

/// What would follow, and what is not known of it.
#[derive(Debug, Default)]
pub struct Consequence {
    /// What would be done where.
    pub plan: Plan,
    /// How the walk ends.
    pub end: Option<End>,
    /// Clusters that could not be read, and why.
    pub unread: BTreeMap<String, String>,
}

/// Foresees an intent; nothing for verbs after which nothing is applied.
///
/// # Errors
/// A sentence: what is needed for it cannot be read or makes no sense.
pub async fn foresee(
    world: &dyn World,
    intent: &Intent,
    builtin: &Definitions,
) -> Result<Option<Consequence>, String> {
    if !matches!(intent.verb, Verb::Approve | Verb::Restart | Verb::Rollback | Verb::Publish) {
        return Ok(None);
    }
    let history = operate::history(&world.hub(), &intent.shown).await;
    let history = history.map_err(|error| error.to_string())?;
    let published = !intent.shown.metadata.annotation(PUBLISH_VERSION).is_empty();
    let forecast = match intent.verb {
        Verb::Rollback if published => applied_by(&history, &intent.subject)?,
        Verb::Rollback => again(world, intent, &history, builtin).await?,
        Verb::Publish => anew(world, &intent.shown, builtin).await?,
        _ => onward(world, intent, &history, builtin).await?,
    };
    let rules = Rules::of(&intent.shown).map_err(|error| error.to_string())?;
    let leaving = leaving::leaving(intent, &history, &forecast, &rules);
    planned(world, &intent.shown, &rules, forecast, &leaving).await.map(Some)
}

/// Walks the run as it is after the intent was written, with the definitions of its revision.
async fn onward(
    world: &dyn World,
    intent: &Intent,
    history: &History,
    builtin: &Definitions,
) -> Result<Forecast, String> {
    let app = &intent.shown;
    let latest = app.status.latest_revision.clone().unwrap_or_default();
    let definitions = match history.revision(&latest.name) {
        Some(revision) => {
            forecast::snapshot(builtin, revision).map_err(|error| error.to_string())?
        }
        None => builtin.clone(),
    };
    let mut run = after(intent);
    if intent.verb == Verb::Approve || !intent.subject.is_empty() {
        run.context = premises::variables(&world.hub(), app).await?;
    }
    Ground::read(&world.hub(), definitions, app).await?.walk(app, run, false)
}

/// Walks the workflow of an earlier revision's spec, with the definitions as they are now: that is what
/// the controller does with a spec that was set back.
async fn again(
    world: &dyn World,
    intent: &Intent,
    history: &History,
    builtin: &Definitions,
) -> Result<Forecast, String> {
    let target = history.revision(&intent.subject);
    let target = target.ok_or_else(|| format!("revision {} is gone", intent.subject))?;
    let mut app = intent.shown.clone();
    app.spec.clone_from(&target.spec.application.spec);
    anew(world, &app, builtin).await
}

/// Walks the whole workflow with the definitions as they are now.
async fn anew(
    world: &dyn World,
    app: &Application,
    builtin: &Definitions,
) -> Result<Forecast, String> {
    Ground::of_today(&world.hub(), builtin, app).await?.walk(app, Run::default(), false)
}

/// The run once the intent was written: its gates are passed, or it begins anew, whole or from a step.
fn after(intent: &Intent) -> Run {
    let Some(mut status) = intent.shown.status.workflow.clone() else { return Run::default() };
    if intent.verb == Verb::Restart && !intent.subject.is_empty() {
        let kept = operations(intent).find(|operation| {
            let path = operation["path"].as_str().unwrap_or_default();
            operation["op"] == "replace" && path.ends_with("/steps")
        });
        let kept =
            kept.and_then(|operation| serde_json::from_value(operation["value"].clone()).ok());
        status.steps = kept.unwrap_or_default();
        (status.suspend, status.terminated, status.finished) = (false, false, false);
        return Run { status, ..Run::default() };
    }
    if intent.verb != Verb::Approve {
        return Run::default();
    }
    status.suspend = false;
    for top in &mut status.steps {
        let group = top.step.name.clone();
        let subs = top.sub_steps.iter_mut();
        for step in std::iter::once(&mut top.step).chain(subs) {
            let mut names = intent.subject.split(',');
            let wanted = names.any(|name| name.is_empty() || name == step.name || name == group);
            if step.phase == "suspending" && wanted {
                "running".clone_into(&mut step.phase);
            }
        }
    }
    Run { status, ..Run::default() }
}

/// The operations of the patches that an intent writes.
fn operations(intent: &Intent) -> impl Iterator<Item = &Value> {
    intent.stages.iter().flat_map(|stage| match &stage.write {
        operate::Write::Json { operations, .. } => operations.as_slice(),
        operate::Write::Create(_)
        | operate::Write::Delete { .. }
        | operate::Write::AdoptGeneration
        | operate::Write::Action(_)
        | operate::Write::ForgetVariables(_) => &[],
    })
}

/// What a revision had applied, as its tracker recorded it.
fn applied_by(history: &History, revision: &str) -> Result<Forecast, String> {
    let Some(tracker) = history.tracker(revision) else {
        return Err(format!("what {revision} applied is no longer recorded"));
    };
    let kept = tracker.spec.managed_resources.iter().filter(|entry| !entry.deleted);
    let objects = kept
        .filter_map(|entry| Some((entry.cluster().to_owned(), entry.raw.clone()?)))
        .collect::<Vec<_>>();
    let steps = vec![Foreseen { step: String::new(), objects }];
    Ok(Forecast { steps, end: End::Finished })
}

/// The plan of a forecast against what is live. Objects of clusters that do not answer are left out.
async fn planned(
    world: &dyn World,
    app: &Application,
    rules: &Rules,
    forecast: Forecast,
    leaving: &[ObjectId],
) -> Result<Consequence, String> {
    let objects = forecast.steps.iter().flat_map(|step| &step.objects);
    let wanted = objects.map(|(cluster, object)| ObjectId::of(object, cluster));
    let ids: BTreeSet<ObjectId> = wanted.chain(leaving.iter().cloned()).collect();
    let reads = ids.into_iter().map(|id| async move {
        let answer = read(world, &id).await;
        (id, answer)
    });
    let answers: Vec<_> = futures::stream::iter(reads).buffered(WIDTH).collect().await;
    let (mut live, mut unread) = (BTreeMap::new(), BTreeMap::new());
    for (id, answer) in answers {
        match answer {
            Ok(Some(object)) => drop(live.insert(id.key(), object)),
            Ok(None) => {}
            Err(why) => drop(unread.insert(id.cluster.clone(), why)),
        }
    }
    let mut plan = forecast::plan(&forecast, rules, |id| live.get(&id.key()).cloned());
    let gone = leaving.iter().filter_map(|id| leaving::action(app, id, live.get(&id.key())?));
    plan.actions.extend(gone);
    plan.actions.retain(|action| !unread.contains_key(&action.object.cluster));
    Ok(Consequence { plan, end: Some(forecast.end), unread })
}

async fn read(world: &dyn World, id: &ObjectId) -> Result<Option<Value>, String> {
    let api = resources::api(world, id).await?;
    let found = api.get_opt(&id.name).await.map_err(|error| words::api(&error))?;
    Ok(found.and_then(|object| serde_json::to_value(object).ok()))
}
