//! Repair: what was delivered is put back where someone else changed it, whichever policy lets it be.
//!
//! The plan is that of keeping the state, made for a person: every object that was recorded is compared
//! with what is live, and each action is carried out only while the object is the one that was seen.

use std::collections::BTreeMap;

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, stream};
use kube::Client;
use mizzen_oam::Application;
use mizzen_oam::labels::RENDER_HASH;
use mizzen_oam::policy::ApplyOnce;
use mizzen_oam::tracker::ManagedResource;
use serde_json::Value;

use super::error::OperateError;
use super::facts::refused;
use super::intent::{Intent, Stage, Verb, Write};
use crate::error::Error;
use crate::fleet::Fleet;
use crate::plan::write::plan;
use crate::plan::{Action, ObjectId, Occasion, Plan, Reason, Rules, Seen, manifest};
use crate::track::Trackers;
use crate::track::garbage::object_id;

/// Objects that are read at a time.
const WIDTH: usize = 16;

/// What is not as it was delivered, and the clusters that cannot be read with the reason.
///
/// # Errors
/// When the records of the application cannot be read.
pub async fn drift(
    hub: &Client,
    app: &Application,
) -> Result<(Plan, BTreeMap<String, String>), OperateError> {
    let fleet = Fleet::new(hub.clone());
    let object = || format!("Application {}", super::facts::path(app));
    let unreadable =
        |error: Error| OperateError::Unreadable { object: object(), why: error.to_string() };
    let trackers = Trackers::load(&fleet, app).await.map_err(unreadable)?;
    let rules = rules(app).map_err(unreadable)?;
    let mut looks: Vec<BoxFuture<'_, Looked>> = Vec::new();
    for entry in trackers.kept().filter(|entry| !entry.deleted) {
        looks.push(look(&fleet, entry, &rules).boxed());
    }
    let results: Vec<_> = stream::iter(looks).buffered(WIDTH).collect().await;
    let (mut found, mut unread) = (Plan::default(), BTreeMap::new());
    for (cluster, result) in results {
        match result {
            Ok(action) => found.actions.extend(action),
            Err(error) => drop(unread.insert(cluster, error.to_string())),
        }
    }
    Ok((found, unread))
}

/// The cluster of an object, and what is to be done to it.
type Looked = (String, Result<Option<Action>, Error>);

async fn look(fleet: &Fleet, entry: &ManagedResource, rules: &Rules) -> Looked {
    let id = object_id(entry);
    let action = fleet.get(&id).await.map(|live| {
        let seen = live.as_ref().map(Seen::whole);
        compared(entry, live.as_ref(), rules).map(|action| Action { seen, ..action })
    });
    (id.cluster, action)
}

/// The rules by which a person compares and repairs: what a policy applies only once counts too.
///
/// # Errors
/// When the properties of a policy do not fit its type.
pub fn rules(app: &Application) -> Result<Rules, Error> {
    Ok(Rules { apply_once: ApplyOnce::default(), ..Rules::of(app)? })
}

/// What putting a recorded object back would do; nothing when nobody knows what was delivered. A
/// record without the manifest leaves what the object says of itself.
#[must_use]
pub fn compared(entry: &ManagedResource, live: Option<&Value>, rules: &Rules) -> Option<Action> {
    let delivered = delivered(entry, live)?;
    let mut action = plan(&object_id(entry), &delivered, live, rules, Occasion::StateKeep);
    action.component.clone_from(&entry.component);
    Some(action)
}

/// What was delivered, as far as it is known.
#[must_use]
pub fn delivered(entry: &ManagedResource, live: Option<&Value>) -> Option<Value> {
    let said = || {
        let mut object = manifest::last_applied(live?)?;
        // The hash is of the object without it.
        let metadata = object["metadata"].as_object_mut()?;
        if let Some(Value::Object(labels)) = metadata.get_mut("labels") {
            labels.shift_remove(RENDER_HASH);
            if labels.is_empty() {
                metadata.shift_remove("labels");
            }
        }
        Some(object)
    };
    entry.raw.clone().or_else(said)
}

/// The intent to put back what drifted.
///
/// # Errors
/// [`OperateError::Refused`] when nothing drifted, or an object must not be touched.
pub fn repair(
    app: &Application,
    plan: &Plan,
    unread: &BTreeMap<String, String>,
) -> Result<Intent, OperateError> {
    if let Some(action) = plan.refusals().next() {
        let why = format!("{} {}", action.object, action.reason);
        return Err(refused(Verb::Repair, app, why));
    }
    if plan.is_quiet() {
        let why = match unread.iter().next() {
            None => "everything is as it was delivered".to_owned(),
            Some((cluster, why)) => {
                format!("nothing drifted where it can be seen; {cluster}: {why}")
            }
        };
        return Err(refused(Verb::Repair, app, why));
    }
    let mut intent = Intent::new(Verb::Repair, app, "");
    for action in plan.actions.iter().filter(|action| action.request.is_some()) {
        intent = intent.say(sentence(action)).stage(Stage {
            name: stage(&action.reason),
            object: action.object.clone(),
            write: Write::Action(Box::new(action.clone())),
            restores: false,
        });
    }
    for (cluster, why) in unread {
        intent = intent.say(format!("{cluster} cannot be read and stays as it is: {why}"));
    }
    Ok(intent)
}

fn sentence(action: &Action) -> String {
    let ObjectId { kind, name, cluster, .. } = &action.object;
    format!("{kind} {name} in {cluster} {}", action.reason)
}

fn stage(reason: &Reason) -> &'static str {
    match reason {
        Reason::Vanished => "create it again",
        _ => "put it back",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn app() -> Application {
        serde_json::from_value(json!({
            "metadata": {"name": "shop", "namespace": "prod"}, "spec": {"components": []},
        }))
        .expect("an application")
    }

    fn planned(live: &Value) -> Plan {
        let delivered = json!({"apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "web", "namespace": "prod"}, "spec": {"replicas": 2}});
        let id = ObjectId::of(&delivered, "eu-1");
        let rules = Rules { owner: "prod/shop".to_owned(), ..Rules::default() };
        Plan { actions: vec![plan(&id, &delivered, Some(live), &rules, Occasion::StateKeep)] }
    }

    fn live(replicas: i64) -> Value {
        let delivered = json!({"apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "web", "namespace": "prod"}, "spec": {"replicas": 2}});
        let mut live = manifest::with_last_applied(&manifest::with_render_hash(delivered));
        live["metadata"]["uid"] = json!("u");
        live["metadata"]["labels"]["app.oam.dev/name"] = json!("shop");
        live["metadata"]["labels"]["app.oam.dev/namespace"] = json!("prod");
        live["spec"]["replicas"] = json!(replicas);
        live["metadata"]["managedFields"] = json!([{"manager": "kubectl-edit",
            "operation": "Update", "fieldsV1": {"f:spec": {"f:replicas": {}}}}]);
        live
    }

    #[test]
    fn what_drifted_is_put_back_and_who_did_it_is_said() {
        let intent = repair(&app(), &planned(&live(5)), &BTreeMap::new()).expect("it drifted");
        let said = "Deployment web in eu-1 was changed from outside by kubectl-edit";
        assert_eq!(intent.says, [said]);
        let Write::Action(action) = &intent.stages[0].write else { panic!("an action") };
        assert_eq!(action.diff.changes[0].path, "spec.replicas");
    }

    #[test]
    fn a_record_without_the_manifest_is_compared_with_what_the_object_says() {
        let entry: ManagedResource = serde_json::from_value(json!({"apiVersion": "apps/v1",
            "kind": "Deployment", "namespace": "prod", "name": "web", "cluster": "eu-1"}))
        .expect("an entry");
        let rules = Rules { owner: "prod/shop".to_owned(), ..Rules::default() };
        let paths = |live: &Value| {
            let action = compared(&entry, Some(live), &rules).expect("it says what it was");
            action.diff.changes.into_iter().map(|change| change.path).collect::<Vec<_>>()
        };
        assert_eq!(paths(&live(5)), ["spec.replicas"]);
        assert!(paths(&live(2)).is_empty());
        assert_eq!(compared(&entry, Some(&json!({"metadata": {}})), &rules), None);
    }

    #[test]
    fn nothing_to_repair_is_a_refusal() {
        let quiet = repair(&app(), &planned(&live(2)), &BTreeMap::new());
        let said = quiet.expect_err("nothing drifted").to_string();
        assert_eq!(said, "cannot repair prod/shop: everything is as it was delivered");
        let down = BTreeMap::from([("ap-1".to_owned(), "no answer".to_owned())]);
        let said = repair(&app(), &Plan::default(), &down).expect_err("nothing seen").to_string();
        assert!(said.ends_with("where it can be seen; ap-1: no answer"), "{said}");
    }
}
