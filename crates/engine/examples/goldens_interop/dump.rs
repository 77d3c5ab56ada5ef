//! The state after a step, read back from the clusters in the form of the recordings.
//!
//! Reference: "Layout" and "Normalisation" of the README beside the recordings.

use mizzen_hub::LocalApi;
use mizzen_oam::packing::Compression;
use serde_json::{Map, Value, json};

use crate::kinds::Kinds;
use crate::scenario::{Scenario, Target};
use crate::world::World;

/// The sections of a state that are maps of objects by name.
pub(crate) const SECTIONS: &[&str] = &[
    "applications",
    "revisions",
    "trackers",
    "contexts",
    "managed",
    "workflowRuns",
    "definitions",
];

/// Everything that the recordings hold about a scenario's objects.
pub(crate) async fn state(
    world: &World,
    scenario: &Scenario,
) -> Result<Map<String, Value>, String> {
    let api = world.api(None)?;
    let kinds = Kinds::discover(&api).await?;
    let mut state = Map::new();
    let oam = "/apis/core.oam.dev/v1beta1";
    let here = format!("{oam}/namespaces/{}", scenario.namespace);
    state.insert("applications".into(), named(&api, &format!("{here}/applications")).await?);
    let mut revisions = named(&api, &format!("{here}/applicationrevisions")).await?;
    shorten_definitions(&mut revisions);
    state.insert("revisions".into(), revisions);
    let selector = format!("labelSelector=app.oam.dev/namespace={}", scenario.namespace);
    let trackers = named(&api, &format!("{oam}/resourcetrackers?{selector}")).await?;
    let managed = managed(world, &kinds, &trackers, &scenario.extra).await?;
    state.insert("trackers".into(), trackers);
    state.insert("managed".into(), managed);
    state.insert("contexts".into(), contexts(&api, &scenario.namespace).await?);
    let runs =
        format!("/apis/core.oam.dev/v1alpha1/namespaces/{}/workflowruns", scenario.namespace);
    state.insert("workflowRuns".into(), named(&api, &runs).await?);
    if scenario.definitions {
        state.insert("definitions".into(), definitions(&api, &kinds, &here).await?);
    }
    Ok(state)
}

/// The Events of Applications and WorkflowRuns, in the recordings' form and order; counts are noise.
pub(crate) async fn events(world: &World, scenario: &Scenario) -> Result<Vec<Value>, String> {
    let api = world.api(None)?;
    let path = format!("/api/v1/namespaces/{}/events", scenario.namespace);
    let mut events: Vec<Value> = items(&api, &path)
        .await?
        .iter()
        .filter(|event| {
            let kind = event["involvedObject"]["kind"].as_str().unwrap_or_default();
            ["Application", "WorkflowRun"].contains(&kind)
        })
        .map(event)
        .collect();
    events.sort_by_key(Value::to_string);
    events.dedup();
    Ok(events)
}

fn event(event: &Value) -> Value {
    let about = &event["involvedObject"];
    let name = |key: &str| about[key].as_str().unwrap_or_default();
    json!({
        "object": format!("{}/{}", name("kind"), name("name")),
        "type": event["type"],
        "reason": event["reason"],
        "message": event["message"],
        "source": event["source"]["component"],
    })
}

async fn items(api: &LocalApi, path: &str) -> Result<Vec<Value>, String> {
    let list = api.get(path).await.map_err(|s| format!("GET {path}: {}", s.message))?;
    Ok(list["items"].as_array().cloned().unwrap_or_default())
}

/// A list as a map by name, each object normalised.
async fn named(api: &LocalApi, path: &str) -> Result<Value, String> {
    let mut map = Map::new();
    for mut object in items(api, path).await? {
        shorten_managed_fields(&mut object);
        unpack(&mut object)?;
        map.insert(object["metadata"]["name"].as_str().unwrap_or_default().to_owned(), object);
    }
    Ok(Value::Object(map))
}

/// Packed trackers and revisions carry what is in them, as the recordings do.
fn unpack(object: &mut Value) -> Result<(), String> {
    let stored = object["spec"].get("compression").cloned().unwrap_or_default();
    let packed: Compression = serde_json::from_value(stored).unwrap_or_default();
    if !packed.is_packed() {
        return Ok(());
    }
    let inside = packed.unpack().map_err(|why| why.to_string())?;
    object["$decompressed"] = match object["kind"].as_str() {
        Some("ResourceTracker") => json!({"spec": {"managedResources": inside}}),
        _ => json!({"spec": inside}),
    };
    Ok(())
}

/// What a tracker or revision says, packed or not.
fn inside(object: &mut Value) -> &mut Value {
    match object.get("$decompressed").is_some() {
        true => &mut object["$decompressed"]["spec"],
        false => &mut object["spec"],
    }
}

async fn contexts(api: &LocalApi, namespace: &str) -> Result<Value, String> {
    let mut map = Map::new();
    for mut object in items(api, &format!("/api/v1/namespaces/{namespace}/configmaps")).await? {
        let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        let context = name.starts_with("workflow-") && name.ends_with("-context");
        if !context && !name.contains("-debug-") {
            continue;
        }
        shorten_managed_fields(&mut object);
        object["apiVersion"] = json!("v1");
        object["kind"] = json!("ConfigMap");
        map.insert(name, object);
    }
    Ok(Value::Object(map))
}

async fn definitions(api: &LocalApi, kinds: &Kinds, here: &str) -> Result<Value, String> {
    let mut map = Map::new();
    for kind in [
        "ComponentDefinition",
        "TraitDefinition",
        "PolicyDefinition",
        "WorkflowStepDefinition",
        "DefinitionRevision",
    ] {
        let plural = &kinds.named(kind)?.plural;
        let Value::Object(objects) = named(api, &format!("{here}/{plural}")).await? else {
            continue;
        };
        map.extend(objects.into_iter().map(|(name, object)| (format!("{kind} {name}"), object)));
    }
    Ok(Value::Object(map))
}

/// Every object that a tracker names, and the scenario's extra ones, read from their clusters.
async fn managed(
    world: &World,
    kinds: &Kinds,
    trackers: &Value,
    extra: &[Target],
) -> Result<Value, String> {
    let mut map = Map::new();
    for tracker in trackers.as_object().into_iter().flatten().map(|(_, tracker)| tracker) {
        let mut tracker = tracker.clone();
        for entry in inside(&mut tracker)["managedResources"].as_array().into_iter().flatten() {
            let (key, value) = tracked(world, kinds, entry).await?;
            map.insert(key, value);
        }
    }
    for target in extra {
        let kind = kinds.named(&target.kind)?;
        let object = world.read(target).await?.map(|mut object| {
            shorten_managed_fields(&mut object);
            object
        });
        let cluster = target.cluster.as_deref().unwrap_or("local");
        let namespace = target.namespace.as_deref().unwrap_or(world.namespace());
        let key = key(cluster, &kind.api_version, &kind.kind, namespace, &target.name);
        map.insert(key, object.unwrap_or_default());
    }
    Ok(Value::Object(map))
}

async fn tracked(world: &World, kinds: &Kinds, entry: &Value) -> Result<(String, Value), String> {
    let text = |key: &str| entry[key].as_str().unwrap_or_default();
    let cluster = if text("cluster").is_empty() { "local" } else { text("cluster") };
    let path = kinds.of(entry)?.path(text("namespace"), Some(text("name")));
    let object = world.api(Some(cluster))?.get(&path).await.ok().map(|mut object| {
        shorten_managed_fields(&mut object);
        object
    });
    let key = key(cluster, text("apiVersion"), text("kind"), text("namespace"), text("name"));
    Ok((key, object.unwrap_or_default()))
}

fn key(cluster: &str, version: &str, kind: &str, namespace: &str, name: &str) -> String {
    format!("{cluster} {version} {kind} {namespace}/{name}")
}

/// Keeps who wrote, how and through which subresource, sorted as the recordings sort.
fn shorten_managed_fields(object: &mut Value) {
    let Some(fields) = object["metadata"]["managedFields"].as_array() else { return };
    let mut short: Vec<Value> = fields
        .iter()
        .map(|entry| {
            let keys = ["manager", "operation", "subresource", "apiVersion"];
            let kept =
                keys.iter().filter(|key| entry[**key].as_str().is_some_and(|t| !t.is_empty()));
            kept.map(|key| ((*key).to_owned(), entry[*key].clone())).collect::<Map<_, _>>().into()
        })
        .collect();
    short.sort_by_key(|entry| {
        let text = |key: &str| entry[key].as_str().unwrap_or("~").to_owned();
        (text("manager"), text("operation"), text("subresource"))
    });
    short.dedup();
    object["metadata"]["managedFields"] = Value::Array(short);
}

/// Built-in definitions inside revisions are named, not quoted: their text is not under test here.
fn shorten_definitions(revisions: &mut Value) {
    const PARTS: &[&str] = &[
        "componentDefinitions",
        "traitDefinitions",
        "policyDefinitions",
        "workflowStepDefinitions",
        "workloadDefinitions",
    ];
    for revision in revisions.as_object_mut().into_iter().flatten().map(|(_, revision)| revision) {
        for part in PARTS {
            let Some(definitions) = inside(revision).get_mut(*part) else { continue };
            for (name, definition) in definitions.as_object_mut().into_iter().flatten() {
                if definition["metadata"]["namespace"] == "vela-system" {
                    *definition = json!({"$definition": name});
                }
            }
        }
    }
}
