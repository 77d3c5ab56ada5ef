//! kill -9 at every call: whenever a controller dies, its successor comes to the same end, and nothing
//! is applied twice.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::cutter::{Cut, Line, Moment};
use super::stories::{APP, Story};
use super::world::{World, app_path};

/// Kinds whose objects make up the state: where, and in which clusters.
const KINDS: [(&str, &str); 5] = [
    ("apis/apps/v1", "deployments"),
    ("api/v1", "services"),
    ("api/v1", "configmaps"),
    ("apis/core.oam.dev/v1beta1", "applications"),
    ("apis/core.oam.dev/v1beta1", "applicationrevisions"),
];

/// The state that a story leaves: objects by cluster and place, without what differs from run to run.
pub(crate) type State = BTreeMap<String, Value>;

/// Where the stories play, one after the other.
pub(crate) const NAMESPACE: &str = "sweep";

/// Plays a story once; the calls of its first controller, and what is left.
pub(crate) async fn play(world: &World, story: Story, cut: Option<Cut>) -> (Vec<String>, State) {
    let line = Line::default();
    let first = world.controller(line.client(world.client(), cut));
    let told = async {
        story.play(world, NAMESPACE).await;
        world.settle().await;
        let state = state(world).await;
        let app = app_path(NAMESPACE, APP);
        world.api().delete(&app, &Value::Null).await.unwrap();
        world.until("hub", &app, "it is gone", Value::is_null).await;
        world.settle().await;
        state
    };
    let controllers = async {
        line.stopped().await;
        first.kill().await;
        let _second = world.controller(world.client());
        std::future::pending::<()>().await
    };
    let left = tokio::select! {
        left = told => left,
        () = controllers => unreachable!("controllers go on"),
    };
    let rest = state(world).await;
    assert!(rest.is_empty(), "{story:?} {cut:?}: {rest:#?} is left after deletion");
    (line.calls(), left)
}

async fn state(world: &World) -> State {
    let mut state = State::new();
    for cluster in world.hub.clusters() {
        let api = cluster.local(mizzen_hub::User::admin(), "judge");
        for (group, plural) in KINDS {
            let path = format!("/{group}/namespaces/{NAMESPACE}/{plural}");
            note(&mut state, cluster.name(), plural, &api.get(&path).await.unwrap_or_default());
        }
        let trackers = api.get("/apis/core.oam.dev/v1beta1/resourcetrackers").await;
        note(&mut state, cluster.name(), "resourcetrackers", &trackers.unwrap_or_default());
    }
    let app = state.get(&format!("hub applications {APP}")).cloned().unwrap_or_default();
    let uid = app["metadata"]["uid"].as_str().unwrap_or("none").to_owned();
    let mut names = vec![(uid, "UID".to_owned())];
    for step in app["status"]["workflow"]["steps"].as_array().into_iter().flatten() {
        let text = |key: &str| step[key].as_str().unwrap_or_default().to_owned();
        names.push((text("id"), format!("ID of {}", text("name"))));
    }
    let named = |item: Value| {
        let text = names.iter().fold(item.to_string(), |text, (id, name)| text.replace(id, name));
        plain(&serde_json::from_str(&text).unwrap())
    };
    let mut state: State = state.into_iter().map(|(key, item)| (key, named(item))).collect();
    // What was interrupted is listed last: the order of these lists says nothing.
    if let Some(app) = state.get_mut(&format!("hub applications {APP}")) {
        for list in ["appliedResources", "conditions"] {
            let list = app["status"][list].as_array_mut();
            list.into_iter().for_each(|list| list.sort_by_key(Value::to_string));
        }
    }
    state
}

fn note(state: &mut State, cluster: &str, plural: &str, list: &Value) {
    for item in list["items"].as_array().into_iter().flatten() {
        let name = item["metadata"]["name"].as_str().unwrap();
        if name != "kube-root-ca.crt" {
            state.insert(format!("{cluster} {plural} {name}"), item.clone());
        }
    }
}

/// Keys whose values differ from run to run, or depend on when somebody looked.
const VARYING: [&str; 15] = [
    "clusterIP",
    "clusterIPs",
    "uid",
    "resourceVersion",
    "creationTimestamp",
    "time",
    "startTime",
    "endTime",
    "lastTransitionTime",
    "lastUpdateTime",
    "firstExecuteTime",
    "lastExecuteTime",
    "id",
    "vela.io/startTime",
    "app.oam.dev/last-applied-time",
];

/// An object without what differs from run to run.
fn plain(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let varies = |key: &str| VARYING.contains(&key) || key.ends_with("suspendTimeStamp");
            let kept = fields.iter().filter(|(key, _)| !varies(key));
            kept.map(|(key, value)| match key.as_str() {
                // A run that finds its ConfigMap does not say of what kind it is, as upstream's.
                "contextBackend" => (key.clone(), value["name"].clone()),
                _ => (key.clone(), plain(value)),
            })
            .collect()
        }
        Value::Array(items) => items.iter().map(plain).collect(),
        Value::String(text) => match serde_json::from_str::<Value>(text) {
            Ok(inner @ (Value::Object(_) | Value::Array(_))) => plain(&inner),
            _ => json!(text),
        },
        other => other.clone(),
    }
}

/// Plays a story undisturbed, then with a kill at each call. What a kill before a call leaves is what
/// the kill after the call before it leaves, so each moment of a delivery comes once.
async fn sweep(story: Story) {
    let world = World::new().await;
    world.namespace(NAMESPACE).await;
    let (calls, expected) = play(&world, story, None).await;
    let mut cuts = vec![Cut { call: 1, moment: Moment::Before }];
    cuts.extend((1..=calls.len()).map(|call| Cut { call, moment: Moment::After }));
    let mut wrong = Vec::new();
    for cut in &cuts {
        let (seen, state) = play(&world, story, Some(*cut)).await;
        let last = seen.get(cut.call - 1).map_or("no call", String::as_str);
        wrong.extend(differences(&expected, &state, &format!("killed at {cut:?}, {last}")));
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cuts.len(), wrong.join("\n"));
    eprintln!("{story:?}: the same end after {} kills", cuts.len());
}

/// What differs, in words.
pub(crate) fn differences(expected: &State, state: &State, when: &str) -> Option<String> {
    let mut lines = Vec::new();
    for key in expected.keys().chain(state.keys()).collect::<std::collections::BTreeSet<_>>() {
        let (before, after) = (expected.get(key), state.get(key));
        if before != after {
            let empty = Value::Null;
            let diff = mizzen_engine::plan::Diff::between(
                before.unwrap_or(&empty),
                after.unwrap_or(&empty),
            );
            for change in diff.changes {
                let text = |value: Option<Value>| value.unwrap_or_default().to_string();
                let (before, after) = (text(change.before), text(change.after));
                lines.push(format!("  {key} {}: {before:.300} -> {after:.300}", change.path));
            }
        }
    }
    (!lines.is_empty()).then(|| format!("{when}\n{}", lines.join("\n")))
}

#[tokio::test(start_paused = true)]
async fn a_single_delivery_survives_every_kill() {
    sweep(Story::Single).await;
}

#[tokio::test(start_paused = true)]
async fn a_gate_survives_every_kill() {
    sweep(Story::Gate).await;
}

#[tokio::test(start_paused = true)]
async fn an_update_survives_every_kill() {
    sweep(Story::Update).await;
}
