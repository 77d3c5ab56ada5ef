//! The sides of an application that are read: its object, its revisions, its events; and who asks.

use std::sync::Arc;

use jiff::Timestamp;
use k8s_openapi::api::authentication::v1::SelfSubjectReview;
use k8s_openapi::api::core::v1::Event;
use kube::api::{ApiResource, DynamicObject, GroupVersionKind, ListParams, PostParams};
use kube::{Api, ResourceExt};
use mizzen_oam::{ApplicationRevision, labels};
use serde_json::Value;
use tokio::sync::mpsc;

use super::world::World;
use crate::console::model::AppKey;
use crate::console::model::detail::{EventRow, Revision};
use crate::console::model::nav::Tab;
use crate::console::term::clean::Clean;
use crate::console::update::{Msg, PartUpdate};

/// Events that are shown at most.
const MOST_EVENTS: usize = 500;
/// Lines of an object that are shown at most.
const MOST_LINES: usize = 20_000;

/// Asks the hub who the person is.
pub async fn identity(world: Arc<dyn World>, tx: mpsc::Sender<Msg>) {
    let hub = Clean::new(&world.name());
    // The name of the hub is known at once; what follows takes an answer.
    let _ = tx.send(Msg::Identity(hub.clone(), Clean::default())).await;
    let api: Api<SelfSubjectReview> = Api::all(world.hub());
    let review = api.create(&PostParams::default(), &SelfSubjectReview::default()).await;
    let user = review.ok().and_then(|r| r.status?.user_info?.username);
    // The console is gone when nobody listens.
    let _ = tx.send(Msg::Identity(hub, Clean::new(&user.unwrap_or_default()))).await;
}

/// Reads one side and hands it over.
pub async fn side(world: Arc<dyn World>, tx: mpsc::Sender<Msg>, key: AppKey, tab: Tab) {
    let part = match tab {
        Tab::Yaml => PartUpdate::Yaml(yaml(&world, &key).await),
        Tab::Revisions => PartUpdate::Revisions(revisions(&world, &key).await),
        Tab::Events => PartUpdate::Events(events(&world, &key).await),
        Tab::Tree | Tab::Workflow | Tab::Diff | Tab::Logs => return,
    };
    let _ = tx.send(Msg::Part(key, part)).await;
}

fn failed(what: &str, key: &AppKey, error: &kube::Error) -> Clean {
    Clean::new(&format!("{what} of {key} cannot be read from the hub: {error}"))
}

async fn yaml(world: &Arc<dyn World>, key: &AppKey) -> Result<Vec<Clean>, Clean> {
    let api: Api<DynamicObject> =
        Api::namespaced_with(world.hub(), &key.namespace, &super::apps::resource());
    let mut object = api.get(&key.name).await.map_err(|error| failed("the object", key, &error))?;
    object.managed_fields_mut().clear();
    let value = serde_json::to_value(object).map_err(|error| Clean::new(&error.to_string()))?;
    Ok(text(&value))
}

/// An object as lines of YAML.
pub(super) fn text(value: &Value) -> Vec<Clean> {
    match serde_saphyr::to_string(value) {
        Ok(yaml) => Clean::lines(yaml.trim_end()).into_iter().take(MOST_LINES).collect(),
        Err(error) => vec![Clean::new(&format!("cannot be shown as YAML: {error}"))],
    }
}

async fn revisions(world: &Arc<dyn World>, key: &AppKey) -> Result<Vec<Revision>, Clean> {
    let gvk = GroupVersionKind::gvk(mizzen_oam::GROUP, "v1beta1", "ApplicationRevision");
    let api: Api<DynamicObject> =
        Api::namespaced_with(world.hub(), &key.namespace, &ApiResource::from_gvk(&gvk));
    let list = ListParams::default().labels(&format!("{}={}", labels::APP_NAME, key.name));
    let found = api.list(&list).await.map_err(|error| failed("revisions", key, &error))?;
    let current = current(world, key).await;
    let mut revisions: Vec<Revision> =
        found.items.iter().filter_map(|object| revision(object, &current)).collect();
    revisions.sort_by_key(|revision| std::cmp::Reverse(revision.created));
    Ok(revisions)
}

async fn current(world: &Arc<dyn World>, key: &AppKey) -> String {
    let api: Api<DynamicObject> =
        Api::namespaced_with(world.hub(), &key.namespace, &super::apps::resource());
    let object = api.get(&key.name).await.ok();
    let name = object.and_then(|object| {
        object.data["status"]["latestRevision"]["name"].as_str().map(str::to_owned)
    });
    name.unwrap_or_default()
}

fn revision(object: &DynamicObject, current: &str) -> Option<Revision> {
    let value = serde_json::to_value(object).ok()?;
    let revision: ApplicationRevision = serde_json::from_value(value).ok()?;
    let published = revision.metadata.annotations.get("app.oam.dev/publishVersion");
    Some(Revision {
        name: Clean::new(&revision.metadata.name),
        publish_version: Clean::new(published.map_or("", String::as_str)),
        succeeded: revision.status.succeeded,
        created: revision.metadata.creation_timestamp.0,
        current: revision.metadata.name == current,
    })
}

async fn events(world: &Arc<dyn World>, key: &AppKey) -> Result<Vec<EventRow>, Clean> {
    let api: Api<Event> = Api::namespaced(world.hub(), &key.namespace);
    let list = ListParams::default()
        .fields(&format!("involvedObject.kind=Application,involvedObject.name={}", key.name));
    let found = api.list(&list).await.map_err(|error| failed("events", key, &error))?;
    let mut rows: Vec<EventRow> = found.items.iter().map(event).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.last));
    rows.truncate(MOST_EVENTS);
    Ok(rows)
}

fn event(event: &Event) -> EventRow {
    let about = &event.involved_object;
    let object = format!(
        "{}/{}",
        about.kind.as_deref().unwrap_or_default(),
        about.name.as_deref().unwrap_or_default()
    );
    EventRow {
        last: event_time(event),
        warning: event.type_.as_deref() == Some("Warning"),
        reason: Clean::new(event.reason.as_deref().unwrap_or_default()),
        object: Clean::new(&object),
        message: Clean::new(event.message.as_deref().unwrap_or_default()),
        count: i64::from(event.count.unwrap_or(1)),
    }
}

fn event_time(event: &Event) -> Option<Timestamp> {
    let last = event.last_timestamp.as_ref().map(|time| time.0);
    last.or_else(|| event.event_time.as_ref().map(|time| time.0))
        .or_else(|| event.creation_timestamp().map(|time| time.0))
}
