//! Objects in a cluster: applied, patched, read, listed, deleted.
//!
//! Source: `pkg/providers/kube/kube.go` of kubevela/workflow. Where upstream's list reads a parameter
//! that its own declaration does not have, and so always fails, this reads the declared one.

use serde_json::{Value, json};

use super::common::Common;
use crate::control::work::Work;
use crate::error::Error;
use crate::fleet::Query;
use crate::plan::action::Propagation;
use crate::plan::object::cluster_or_local;
use crate::plan::{ObjectId, Seen};
use crate::workflow::Reply;

impl Work<'_> {
    pub(super) async fn apply(&mut self, params: &Value) -> Result<Reply, Error> {
        let written = self.write(&params["value"], &params["cluster"]).await?;
        Ok(Reply::Done(Some(json!({ "value": written }))))
    }

    pub(super) async fn apply_all(&mut self, params: &Value) -> Result<Reply, Error> {
        let mut written = Vec::new();
        for object in params["value"].as_array().into_iter().flatten() {
            written.push(self.write(object, &params["cluster"]).await?);
        }
        Ok(Reply::Done(Some(json!({ "value": written }))))
    }

    /// Writes an object of a step: it is ours from here on, like everything that is delivered.
    pub(in crate::control) async fn write(
        &mut self,
        object: &Value,
        cluster: &Value,
    ) -> Result<Value, Error> {
        let mut object = in_namespace(object);
        let cluster = cluster.as_str().unwrap_or_default();
        for (key, value) in [
            (mizzen_oam::labels::APP_NAME, self.appfile.name.as_str()),
            (mizzen_oam::labels::APP_NAMESPACE, &self.appfile.namespace),
            (mizzen_oam::labels::CLUSTER, cluster),
        ] {
            object["metadata"]["labels"][key] = json!(value);
        }
        let id = ObjectId::of(&object, cluster);
        self.dispatch(vec![(cluster.to_owned(), object)]).await?;
        Ok(self.fleet.get(&id).await?.unwrap_or_default())
    }

    /// Merges a patch into a live object and applies the result.
    pub(super) async fn patch_object(&mut self, params: &Value) -> Result<Reply, Error> {
        let id = named(params);
        let Some(mut object) = self.fleet.get(&id).await? else {
            return Err(Error::Invalid(missing(&id)));
        };
        patched(&mut object, &params["patch"]);
        let written = self.write(&object, &params["cluster"]).await?;
        Ok(Reply::Done(Some(json!({ "result": written }))))
    }

    /// Deletes an object, which then stays away; or all that a filter selects.
    pub(super) async fn delete(&mut self, params: &Value) -> Result<Reply, Error> {
        if params["filter"].is_object() {
            return Ok(self.common().delete_selected(params).await);
        }
        let id = named(params);
        self.trackers.store_deleted(&self.writer.own(), &id).await?;
        let done = self.writer.delete(&id, None, None).await;
        let value = done.err().map(|error| json!({"err": error.told()}));
        Ok(Reply::Done(value.or_else(|| Some(json!({})))))
    }
}

impl Common<'_> {
    pub(super) async fn read(&self, params: &Value) -> Result<Reply, Error> {
        let id = named(params);
        let value = match self.fleet.get(&id).await {
            Ok(Some(object)) => json!({ "value": object }),
            Ok(None) => json!({"value": params["value"], "err": missing(&id)}),
            Err(error) => json!({"value": params["value"], "err": error.told()}),
        };
        Ok(Reply::Done(Some(value)))
    }

    /// Objects of a kind; what fails is told in the reply.
    pub(super) async fn list(&self, params: &Value, legacy: bool) -> Result<Reply, Error> {
        let query = selected(params, &params["resource"]);
        let key = if legacy { "list" } else { "values" };
        Ok(Reply::Done(Some(match self.fleet.list(&query).await {
            Ok(items) => json!({key: {
                "apiVersion": query.api_version,
                "kind": format!("{}List", query.kind),
                "items": items,
            }}),
            Err(error) => json!({"err": error.told()}),
        })))
    }

    /// Deletes all that a filter selects; what fails is told in the reply.
    pub(in crate::control) async fn delete_selected(&self, params: &Value) -> Reply {
        let done = self.deleted(params).await;
        let told = done.err().map_or_else(|| json!({}), |error| json!({"err": error.told()}));
        Reply::Done(Some(told))
    }

    async fn deleted(&self, params: &Value) -> Result<(), Error> {
        let query = selected(params, &params["value"]);
        for object in self.fleet.list(&query).await? {
            let id = ObjectId::of(&object, &query.cluster);
            self.writer
                .delete(&id, Some(Propagation::Background), Some(&Seen::of(&object)))
                .await?;
        }
        Ok(())
    }
}

/// The object in the namespace that it names, or in `default`, as upstream's providers have it
/// (`Apply` in `pkg/providers/kube/kube.go` of kubevela/workflow).
pub(in crate::control) fn in_namespace(object: &Value) -> Value {
    let mut object = object.clone();
    if object["metadata"]["namespace"].as_str().unwrap_or_default().is_empty() {
        object["metadata"]["namespace"] = json!("default");
    }
    object
}

/// The object that a call names; in the namespace `default` where it names none.
pub(in crate::control) fn named(params: &Value) -> ObjectId {
    let cluster = params["cluster"].as_str().unwrap_or_default();
    let mut id = ObjectId::of(&params["value"], cluster_or_local(cluster));
    if id.namespace.is_empty() {
        "default".clone_into(&mut id.namespace);
    }
    id
}

/// Merges a patch into a live object, and takes out what the server writes into it.
pub(in crate::control) fn patched(object: &mut Value, patch: &Value) {
    json_patch::merge(object, patch);
    for key in ["managedFields", "resourceVersion", "uid", "creationTimestamp", "generation"] {
        if let Some(metadata) = object["metadata"].as_object_mut() {
            metadata.shift_remove(key);
        }
    }
}

/// What a filter selects, of the kind that an object or a resource names.
fn selected(params: &Value, kind: &Value) -> Query {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let filter = &params["filter"];
    let labels = filter["matchingLabels"].as_object().into_iter().flatten();
    let pairs: Vec<String> = labels
        .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
        .collect();
    let named = if filter["namespace"].is_string() {
        &filter["namespace"]
    } else {
        &kind["metadata"]["namespace"]
    };
    Query {
        cluster: cluster_or_local(params["cluster"].as_str().unwrap_or_default()).to_owned(),
        api_version: text(&kind["apiVersion"]),
        kind: text(&kind["kind"]),
        namespace: text(named),
        labels: pairs.join(","),
    }
}

/// The answer of a server that has no such object.
pub(in crate::control) fn missing(id: &ObjectId) -> String {
    let plural = format!("{}s", id.kind.to_lowercase());
    let group = id.group();
    let resource = if group.is_empty() { plural } else { format!("{plural}.{group}") };
    format!("{resource} \"{}\" not found", id.name)
}
