//! What the steps of a run write: objects with the run's labels, each merged with what was applied
//! before, as an annotation remembers it.
//!
//! Source: `pkg/providers/kube/kube.go` and `pkg/config/k8s_factory.go` of kubevela/workflow.

use mizzen_oam::annotations::{KUBECTL_LAST_APPLIED, RUN_LAST_APPLIED, RUN_LAST_APPLIED_TIME};
use mizzen_oam::{gojson, labels};
use serde_json::{Value, json};

use super::visit::Visit;
use crate::apply::Patch;
use crate::control::provide::config;
use crate::control::provide::kube::{in_namespace, missing, named, patched};
use crate::error::Error;
use crate::plan::object::cluster_or_local;
use crate::plan::{ObjectId, manifest, merge, strategic};
use crate::workflow::Reply;

/// The annotations that remember what was applied, and when.
#[derive(Clone, Copy)]
struct Remembered {
    config: &'static str,
    time: &'static str,
}

/// Of objects that steps apply.
const OBJECT: Remembered = Remembered { config: RUN_LAST_APPLIED, time: RUN_LAST_APPLIED_TIME };
/// Of configurations.
const CONFIG: Remembered = Remembered {
    config: "config.oam.dev/last-applied-configuration",
    time: "config.oam.dev/last-applied-time",
};

impl Visit<'_> {
    pub(super) async fn apply(&self, params: &Value) -> Result<Reply, Error> {
        let object = self.labelled(in_namespace(&params["value"]));
        let written = self.write(object, &params["cluster"], OBJECT).await?;
        Ok(Reply::Done(Some(json!({ "value": written }))))
    }

    /// Several objects, without the run's labels: upstream gives them none.
    pub(super) async fn apply_all(&self, params: &Value) -> Result<Reply, Error> {
        let mut written = Vec::new();
        for object in params["value"].as_array().into_iter().flatten() {
            written.push(self.write(in_namespace(object), &params["cluster"], OBJECT).await?);
        }
        Ok(Reply::Done(Some(json!({ "value": written }))))
    }

    /// Merges a patch into a live object and applies the result.
    pub(super) async fn patch(&self, params: &Value) -> Result<Reply, Error> {
        let id = named(params);
        let Some(mut object) = self.fleet.get(&id).await? else {
            return Err(Error::Invalid(missing(&id)));
        };
        patched(&mut object, &params["patch"]);
        let written = self.write(self.labelled(object), &params["cluster"], OBJECT).await?;
        Ok(Reply::Done(Some(json!({ "result": written }))))
    }

    /// Deletes an object, or all that a filter selects; what fails is told in the reply.
    pub(super) async fn delete(&self, params: &Value) -> Result<Reply, Error> {
        if params["filter"].is_object() {
            return Ok(self.common().delete_selected(params).await);
        }
        let cluster = cluster_or_local(params["cluster"].as_str().unwrap_or_default());
        let id = ObjectId::of(&params["value"], cluster);
        let told = match self.remove(&id).await {
            Ok(()) => json!({}),
            Err(error) => json!({"err": error.told()}),
        };
        Ok(Reply::Done(Some(told)))
    }

    async fn remove(&self, id: &ObjectId) -> Result<(), Error> {
        let kind = self.fleet.kind(&id.cluster, &id.api_version, &id.kind).await?;
        if kind.namespaced && id.namespace.is_empty() {
            let why = "an empty namespace may not be set when a resource name is provided";
            return Err(Error::Invalid(why.to_owned()));
        }
        if self.fleet.get(id).await?.is_none() {
            return Err(Error::Invalid(missing(id)));
        }
        self.writer.delete(id, None, None).await
    }

    /// Stores a named configuration, which is nobody's but its users'.
    pub(super) async fn create_config(&self, params: &Value) -> Result<Reply, Error> {
        self.write(config::secret(params)?, &Value::Null, CONFIG).await?;
        Ok(Reply::Done(None))
    }

    fn labelled(&self, mut object: Value) -> Value {
        let meta = &self.run.metadata;
        object["metadata"]["labels"][labels::RUN_NAME] = json!(meta.name);
        object["metadata"]["labels"][labels::RUN_NAMESPACE] = json!(meta.namespace);
        object
    }

    /// Creates an object, or changes what differs; the object as it is then.
    async fn write(
        &self,
        object: Value,
        cluster: &Value,
        remembered: Remembered,
    ) -> Result<Value, Error> {
        let cluster = cluster_or_local(cluster.as_str().unwrap_or_default());
        let id = ObjectId::of(&object, cluster);
        let Some(live) = self.fleet.get(&id).await? else {
            return self.writer.create(&id, &created(object, remembered), false).await;
        };
        let wanted = annotated(object, remembered);
        let original = original(&live, remembered);
        let (how, patch) = if strategic::has_merge_keys(id.group()) {
            let patch = strategic::three_way(&id.kind, original.as_ref(), &wanted, &live);
            (Patch::Strategic, patch)
        } else {
            (Patch::Merge, merge::three_way(original.as_ref(), &wanted, &live))
        };
        if patch.as_object().is_none_or(serde_json::Map::is_empty) {
            return Ok(live);
        }
        self.writer.patch(&id, "", how, &patch, false).await
    }
}

/// A new object, with its text; that of a new one ends its line.
fn created(mut object: Value, remembered: Remembered) -> Value {
    let text = format!("{}\n", gojson::to_string(&object));
    manifest::annotate(&mut object, remembered.config, &text);
    object
}

/// An object with its own text, as it is written over a live one.
fn annotated(mut object: Value, remembered: Remembered) -> Value {
    for key in [remembered.config, remembered.time] {
        manifest::remove_annotation(&mut object, key);
    }
    let text = gojson::to_string(&object);
    manifest::annotate(&mut object, remembered.config, &text);
    object
}

/// What was applied last, if the live object says so.
fn original(live: &Value, remembered: Remembered) -> Option<Value> {
    let annotation =
        |key: &str| live["metadata"]["annotations"][key].as_str().filter(|text| !text.is_empty());
    match annotation(remembered.config) {
        Some("-" | "skip") => None,
        Some(text) => serde_json::from_str(text).ok(),
        None => serde_json::from_str(annotation(KUBECTL_LAST_APPLIED)?).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_carries_its_own_text_and_not_that_of_the_one_before() {
        let object = json!({"kind": "ConfigMap", "data": {"a": "1"}, "metadata": {"name": "x"}});
        let text = r#"{"data":{"a":"1"},"kind":"ConfigMap","metadata":{"name":"x"}}"#;
        let first = created(object, OBJECT);
        let note = |object: &Value| object["metadata"]["annotations"][OBJECT.config].clone();
        assert_eq!(note(&first), format!("{text}\n"));
        assert_eq!(note(&annotated(first.clone(), OBJECT)), text);
        assert_eq!(original(&first, OBJECT).unwrap_or_default()["data"]["a"], "1");
        assert_eq!(original(&first, CONFIG), None);
    }
}
