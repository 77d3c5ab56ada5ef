//! States that a genuine control plane held, loaded as exports and opened: the list names every
//! application, its workflow every step, its tree every object that was delivered, and what waits for a
//! person says so, whatever the Application's own status says.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use kube::Client;
use mizzen_hub::{Gateway, Hub, User};
use serde_json::{Value, json};

use crate::driver::Driver;

const CRDS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const GATEWAY: &str = "/apis/cluster.core.oam.dev/v1alpha1/clustergateways";
const CREDENTIAL: &str = "cluster.core.oam.dev/cluster-credential-type";

/// The recordings, where they are.
fn recordings(kind: &str) -> Option<PathBuf> {
    let shared = std::env::var("MIZZEN_SHARED").map(PathBuf::from).unwrap_or_else(|_| {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        root.parent().map(|parent| parent.join("shared")).unwrap_or_default()
    });
    let folder = shared.join("data").join(kind);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: {} absent", folder.display());
    None
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let read = std::fs::read_dir(folder).expect("a folder of recordings");
    let mut all: Vec<PathBuf> = read.filter_map(|entry| Some(entry.ok()?.path())).collect();
    all.sort();
    all
}

fn json(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).expect("a recording");
    serde_json::from_str(&text).unwrap_or_default()
}

fn name(object: &Value) -> &str {
    object["metadata"]["name"].as_str().unwrap_or_default()
}

/// Objects by cluster; the hub is `local`.
type State = BTreeMap<String, Vec<Value>>;

async fn hub(state: &State) -> Hub {
    let gateway = Gateway::new(GATEWAY).members_by_secret("vela-system", CREDENTIAL);
    let members: Vec<&String> = state.keys().filter(|name| *name != "local").collect();
    let names = std::iter::once("hub").chain(members.iter().map(|name| name.as_str()));
    let hub = Hub::builder().clusters(names).gateway(gateway).seed(1).still().build().await;
    let hub = hub.expect("a hub in memory");
    let api = hub.root().local(User::admin(), "test");
    let needed = ["Application", "ApplicationRevision", "ResourceTracker"];
    let is_needed = |crd: &&Value| needed.iter().any(|kind| crd["spec"]["names"]["kind"] == *kind);
    for crd in mizzen_oam::crd::all().iter().filter(is_needed) {
        api.create(CRDS, crd).await.expect("a definition");
    }
    for (name, objects) in state {
        let cluster = if name == "local" { "hub" } else { name };
        let cluster = hub.cluster(cluster).expect("it was given to the builder");
        if let Err(why) = cluster.load(objects.clone()).await {
            panic!("loading into {name}: {why:?}");
        }
    }
    for member in members {
        let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": member,
            "namespace": "vela-system", "labels": {CREDENTIAL: "X509Certificate"}}});
        hub.root().load(vec![secret]).await.expect("a secret");
    }
    hub
}

/// Opens each application of a state and reads its sides.
async fn opened(what: &str, state: &State) {
    let hub = hub(state).await;
    let objects = state.get("local").cloned().unwrap_or_default();
    let of_kind = |kind: &str| -> Vec<&Value> {
        objects.iter().filter(|object| object["kind"] == kind).collect()
    };
    for app in of_kind("Application") {
        let client = Client::new(hub.root().service(), "default");
        let mut console = Driver::on(client, (220, 90));
        let key =
            format!("{}/{}", app["metadata"]["namespace"].as_str().unwrap_or_default(), name(app));
        console.keys(&["2"]);
        console.until(&format!("{what}: {key}"), |screen| screen.contains(&key)).await;
        let namespace = app["metadata"]["namespace"].as_str().unwrap_or_default();
        let query = format!("ns:{namespace} name:{}", name(app));
        let letters =
            query.chars().map(|c| if c == ' ' { "space".to_owned() } else { c.to_string() });
        let letters: Vec<String> = letters.collect();
        console.keys(&["/"]);
        console.keys(&letters.iter().map(String::as_str).collect::<Vec<_>>());
        console.keys(&["enter", "enter", "w"]);
        let status = &app["status"]["workflow"];
        for step in status["steps"].as_array().into_iter().flatten() {
            let step = step["name"].as_str().unwrap_or_default();
            console.until(&format!("{what}: step {step}"), |screen| screen.contains(step)).await;
        }
        console.keys(&["t"]);
        for wanted in delivered(&of_kind("ResourceTracker"), app) {
            console.until(&format!("{what}: {wanted}"), |screen| screen.contains(&wanted)).await;
        }
        let same = |it: &&Value| it["metadata"]["namespace"] == app["metadata"]["namespace"];
        for rollout in of_kind("Rollout").into_iter().filter(same).filter(|it| waits(it)) {
            let row = format!("Rollout {}", name(rollout));
            let says = |screen: &str| {
                let row = screen.lines().find(|line| line.contains(&row));
                row.is_some_and(|row| row.contains("waits for approval"))
            };
            console.until(&format!("{what}: {row} waits"), says).await;
        }
    }
}

/// Whether a rollout waits for a person.
fn waits(rollout: &Value) -> bool {
    let status = &rollout["status"];
    let cancels =
        status["conditions"].as_array().into_iter().flatten().any(|condition| {
            condition["type"] == "Progressing" && condition["reason"] == "Cancelling"
        });
    status["phase"] == "Progressing"
        && status["canaryStatus"]["currentStepState"] == "StepPaused"
        && rollout["spec"]["strategy"]["paused"] != true
        && !cancels
}

/// Kind and name of what the trackers of an application record, unless a later one lets it go.
fn delivered(trackers: &[&Value], app: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let of_app = |it: &&&Value| {
        let labels = &it["metadata"]["labels"];
        labels["app.oam.dev/name"] == app["metadata"]["name"]
            && labels["app.oam.dev/namespace"] == app["metadata"]["namespace"]
    };
    for tracker in trackers.iter().filter(of_app) {
        for entry in tracker["spec"]["managedResources"].as_array().into_iter().flatten() {
            let text = |field: &str| entry[field].as_str().unwrap_or_default();
            if entry["deleted"] != true {
                found.insert(format!("{} {}", text("kind"), text("name")));
            }
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_state_of_the_canary_walks_is_told_as_it_was() {
    let Some(folder) = recordings("canary") else { return };
    let mut seen = 0;
    for walk in entries(&folder).into_iter().filter(|path| path.is_dir()) {
        for path in entries(&walk) {
            let recorded = json(&path);
            let Some(kinds) = recorded["objects"].as_object() else { continue };
            let objects =
                kinds.values().flat_map(|all| all.as_array().cloned().unwrap_or_default());
            let what = path.strip_prefix(&folder).unwrap_or(&path).display().to_string();
            opened(&what, &State::from([("local".to_owned(), objects.collect())])).await;
            seen += 1;
        }
    }
    assert!(seen > 50, "{seen} states");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_state_of_every_recorded_scenario_is_told_as_it_was() {
    let Some(folder) = recordings("interop") else { return };
    // Each scenario has a namespace of its own, so one hub holds them all.
    let mut all = State::new();
    let mut seen = 0;
    for scenario in entries(&folder).into_iter().filter(|path| path.is_dir()) {
        for (cluster, objects) in last(&scenario).unwrap_or_default() {
            seen += usize::from(cluster == "local");
            all.entry(cluster).or_default().extend(objects);
        }
    }
    opened("interop", &all).await;
    assert!(seen > 60, "{seen} scenarios");
}

/// The last state of a scenario, with moments and ids in place of what stands for them.
fn last(scenario: &Path) -> Option<State> {
    let after = |step: usize| scenario.join(format!("after-{step}.json"));
    let steps = (1..).take_while(|step| after(*step).exists()).last()?;
    let mut recorded: Vec<Value> = (1..=steps).map(|step| json(&after(step))).collect();
    let mut now = recorded.pop()?;
    let mut state = State::new();
    for section in ["applications", "revisions", "trackers", "contexts", "managed"] {
        let Some(objects) = now[section].as_object_mut().map(std::mem::take) else { continue };
        for (key, mut object) in objects {
            if let Some(before) = object["$unchanged"].as_str() {
                let step: usize = before.strip_prefix("after-")?.parse().ok()?;
                object = recorded.get(step - 1)?[section][&key].clone();
            }
            if object.is_null() {
                continue;
            }
            if let Some(spec) = object.get_mut("$decompressed").map(|it| it["spec"].take()) {
                object["spec"] = spec;
            }
            let cluster = if section == "managed" { key.split(' ').next()? } else { "local" };
            filled(&mut object);
            state.entry(cluster.to_owned()).or_default().push(object);
        }
    }
    state
        .get("local")
        .is_some_and(|all| all.iter().any(|it| it["kind"] == "Application"))
        .then_some(state)
}

/// Puts values where a placeholder stands for one.
fn filled(value: &mut Value) {
    match value {
        Value::String(text) if text.starts_with('<') && text.ends_with('>') => {
            let inner = text.trim_matches(['<', '>']).to_owned();
            let number = |text: &str| text.parse::<u32>().unwrap_or(0);
            if let Some(step) = inner.strip_prefix("time:") {
                *text = format!("2026-03-01T12:{:02}:00Z", number(step).min(59));
            } else if let Some(id) = inner.strip_prefix("uid-") {
                *text = format!("00000000-0000-4000-8000-{:012}", number(id));
            } else if let Some(version) = inner.strip_prefix("rv-") {
                *text = version.to_owned();
            }
        }
        Value::Array(all) => all.iter_mut().for_each(filled),
        Value::Object(fields) => fields.values_mut().for_each(filled),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
