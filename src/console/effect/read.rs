//! The revisions of an application, followed; and who asks.

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::authentication::v1::SelfSubjectReview;
use kube::Api;
use kube::api::{ApiResource, DynamicObject, GroupVersionKind, PostParams};
use kube::runtime::watcher;
use mizzen_oam::{ApplicationRevision, annotations, labels};
use serde_json::Value;
use tokio::sync::mpsc;

use super::feed;
use super::world::World;
use crate::console::model::AppKey;
use crate::console::model::detail::Revision;
use crate::console::term::clean::Clean;
use crate::console::update::{Msg, PartUpdate};

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

/// An object as lines of YAML.
pub(super) fn text(value: &Value) -> Vec<Clean> {
    match serde_saphyr::to_string(value) {
        Ok(yaml) => Clean::lines(yaml.trim_end()),
        Err(error) => vec![Clean::new(&format!("cannot be shown as YAML: {error}"))],
    }
}

fn unreadable(what: &str, key: &AppKey, why: &str) -> Clean {
    Clean::new(&format!("{what} of {key} cannot be read from the hub: {why}"))
}

/// Follows the revisions, newest first.
pub async fn revisions(world: Arc<dyn World>, tx: mpsc::Sender<Msg>, key: AppKey) {
    let gvk = GroupVersionKind::gvk(mizzen_oam::GROUP, "v1beta1", "ApplicationRevision");
    let api: Api<DynamicObject> =
        Api::namespaced_with(world.hub(), &key.namespace, &ApiResource::from_gvk(&gvk));
    let of_app = watcher::Config::default().labels(&format!("{}={}", labels::APP_NAME, key.name));
    feed::follow(api, of_app, tx, |told| {
        let rows = told.map(rows).map_err(|why| unreadable("the revisions", &key, &why));
        Msg::Part(key.clone(), PartUpdate::Revisions(rows))
    })
    .await;
}

fn rows(objects: &BTreeMap<String, DynamicObject>) -> Vec<Revision> {
    let mut rows: Vec<Revision> = objects.values().filter_map(revision).collect();
    rows.sort_by(|a, b| b.created.cmp(&a.created).then_with(|| b.name.cmp(&a.name)));
    rows
}

fn revision(object: &DynamicObject) -> Option<Revision> {
    let revision: ApplicationRevision = super::typed(object)?;
    Some(Revision {
        name: Clean::new(&revision.metadata.name),
        publish_version: Clean::new(revision.metadata.annotation(annotations::PUBLISH_VERSION)),
        succeeded: revision.status.succeeded,
        created: revision.metadata.creation_timestamp.0,
    })
}
