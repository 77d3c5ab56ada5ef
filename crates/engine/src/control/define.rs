//! Definitions: every change of one becomes a DefinitionRevision, and its parameters a schema.
//!
//! Source: `pkg/controller/core.oam.dev/v1beta1/core/revison.go` and the controllers beside it;
//! `pkg/controller/utils/capability.go` for the ConfigMaps.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use kube::Api;
use kube::api::{ApiResource, DynamicObject, GroupVersionKind};
use kube::runtime::{WatchStreamExt, watcher};
use mizzen_oam::definition::DefinitionRevisionSpec;
use mizzen_oam::{Time, V1BETA1, annotations, hash, labels};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::Controller;
use super::queue::Queue;
use crate::apply::Patch;
use crate::error::Error;
use crate::fleet::{Fleet, Query};
use crate::plan::ObjectId;
use crate::render::{DefinitionKind, schema};

/// Kinds that have revisions.
pub(super) const KINDS: [DefinitionKind; 4] = [
    DefinitionKind::Component,
    DefinitionKind::Trait,
    DefinitionKind::Policy,
    DefinitionKind::WorkflowStep,
];
/// Key of the schema in its ConfigMap.
const SCHEMA: &str = "openapi-v3-json-schema";

/// Words of a kind: the type of its revisions, the field that holds it there, the label that names it,
/// and how its schemas are called.
fn words(kind: DefinitionKind) -> (&'static str, &'static str, &'static str, &'static str) {
    match kind {
        DefinitionKind::Component | DefinitionKind::Workload => {
            ("Component", "componentDefinition", labels::COMPONENT_DEFINITION, "component")
        }
        DefinitionKind::Trait => ("Trait", "traitDefinition", labels::TRAIT_DEFINITION, "trait"),
        DefinitionKind::Policy => {
            ("Policy", "policyDefinition", labels::POLICY_DEFINITION, "policy")
        }
        DefinitionKind::WorkflowStep => {
            ("WorkflowStep", "workflowStepDefinition", labels::STEP_DEFINITION, "workflowstep")
        }
    }
}

/// Watches the definitions of a kind: each change makes it due. The key's name is `<Kind>/<name>`.
pub(super) async fn watch(fleet: Fleet, queue: Arc<Queue>, kind: DefinitionKind) {
    let gvk = GroupVersionKind::gvk(mizzen_oam::GROUP, "v1beta1", kind.object_kind());
    let api: Api<DynamicObject> = Api::all_with(fleet.hub().clone(), &ApiResource::from_gvk(&gvk));
    let mut events = watcher(api, watcher::Config::default()).default_backoff().boxed();
    while let Some(event) = events.next().await {
        let object = match event {
            Ok(watcher::Event::Apply(object) | watcher::Event::InitApply(object)) => object,
            Ok(_) => continue,
            Err(error) => {
                tracing::debug!(%error, kind = kind.object_kind(), "watching definitions");
                continue;
            }
        };
        let meta = object.metadata;
        let name = format!("{}/{}", kind.object_kind(), meta.name.unwrap_or_default());
        let key = (meta.namespace.unwrap_or_default(), name);
        queue.add(key, Duration::ZERO);
    }
}

/// A definition that is looked at.
struct Defined<'a> {
    controller: &'a Controller,
    kind: DefinitionKind,
    id: ObjectId,
    object: Value,
}

impl Controller {
    /// Looks at definitions as they become due, one after the other.
    pub(super) async fn define(self: Arc<Self>) {
        loop {
            let key = self.definitions.next().await;
            match self.defined(&key.0, &key.1).await {
                Ok(()) => self.definitions.done(&key, None),
                Err(error) => {
                    tracing::warn!(namespace = key.0, definition = key.1, %error, "defining");
                    self.definitions.failed(&key);
                }
            }
        }
    }

    async fn defined(&self, namespace: &str, name: &str) -> Result<(), Error> {
        let (kind, name) = name.split_once('/').unwrap_or(("", name));
        let Some(kind) = DefinitionKind::from_object_kind(kind) else { return Ok(()) };
        let id = ObjectId::on_hub(V1BETA1, kind.object_kind(), namespace, name);
        let Some(object) = self.fleet.get(&id).await? else { return Ok(()) };
        if !object["metadata"]["deletionTimestamp"].is_null() {
            return Ok(());
        }
        let required = &object["metadata"]["annotations"][annotations::CONTROLLER_REQUIREMENT];
        if required.as_str().is_some_and(|required| required != self.options.version) {
            return Ok(());
        }
        let mut defined = Defined { controller: self, kind, id, object };
        let revision = defined.revision().await?;
        defined.describe(&revision).await?;
        defined.retain().await
    }
}

impl Defined<'_> {
    /// The name of the revision that the definition has now, made if it is new.
    async fn revision(&mut self) -> Result<String, Error> {
        let digest = self.digest()?;
        let latest = self.object["status"]["latestRevision"].clone();
        let number = latest["revision"].as_i64().unwrap_or(0);
        let name = match self.fixed_name() {
            Some(name) => name,
            None if self.is_latest(&latest, &digest).await? => {
                return Ok(latest["name"].as_str().unwrap_or_default().to_owned());
            }
            None => format!("{}-v{}", self.id.name, number + 1),
        };
        let id = ObjectId { name: name.clone(), ..self.revision_id() };
        let number = match self.controller.fleet.get(&id).await? {
            Some(stored) => stored["spec"]["revision"].as_i64().unwrap_or(number + 1),
            None => {
                let object = self.snapshot(&name, number + 1, &digest);
                self.controller.writer.create(&id, &object, false).await?;
                number + 1
            }
        };
        let known = json!({"name": name, "revision": number, "revisionHash": digest});
        if latest != known {
            self.object["status"]["latestRevision"] = known;
            self.put_status().await?;
        }
        Ok(name)
    }

    /// A name that does not count: the version that the definition or its annotation says.
    fn fixed_name(&self) -> Option<String> {
        let version = self.object["spec"]["version"].as_str().filter(|text| !text.is_empty());
        let named = &self.object["metadata"]["annotations"][annotations::DEFINITION_REVISION_NAME];
        let word = version.map(|text| text.trim_start_matches('v')).or(named.as_str())?;
        Some(format!("{}-v{word}", self.id.name))
    }

    async fn is_latest(&self, latest: &Value, digest: &str) -> Result<bool, Error> {
        let Some(name) = latest["name"].as_str().filter(|_| latest["revisionHash"] == digest)
        else {
            return Ok(false);
        };
        let id = ObjectId { name: name.to_owned(), ..self.revision_id() };
        let Some(stored) = self.controller.fleet.get(&id).await? else { return Ok(false) };
        let (_, field, ..) = words(self.kind);
        self.same_spec(&stored["spec"][field]["spec"])
    }

    fn same_spec(&self, stored: &Value) -> Result<bool, Error> {
        macro_rules! same {
            ($spec:ident) => {
                read::<mizzen_oam::definition::$spec>(&self.id, stored)?
                    == read(&self.id, &self.object["spec"])?
            };
        }
        Ok(match self.kind {
            DefinitionKind::Component | DefinitionKind::Workload => same!(ComponentDefinitionSpec),
            DefinitionKind::Trait => same!(TraitDefinitionSpec),
            DefinitionKind::Policy => same!(PolicyDefinitionSpec),
            DefinitionKind::WorkflowStep => same!(WorkflowStepDefinitionSpec),
        })
    }

    fn digest(&self) -> Result<String, Error> {
        let spec = &self.object["spec"];
        Ok(match self.kind {
            DefinitionKind::Component | DefinitionKind::Workload => {
                hash::component_definition(&read(&self.id, spec)?)
            }
            DefinitionKind::Trait => hash::trait_definition(&read(&self.id, spec)?),
            DefinitionKind::Policy => hash::policy_definition(&read(&self.id, spec)?),
            DefinitionKind::WorkflowStep => hash::step_definition(&read(&self.id, spec)?),
        })
    }

    fn revision_id(&self) -> ObjectId {
        ObjectId::on_hub(V1BETA1, "DefinitionRevision", &self.id.namespace, "")
    }

    /// The revision as it is stored: the definition as it is now, the other kinds empty.
    fn snapshot(&self, name: &str, number: i64, digest: &str) -> Value {
        let (sort, field, label, _) = words(self.kind);
        let meta = &self.object["metadata"];
        let mut carried = meta["labels"].as_object().cloned().unwrap_or_default();
        carried.insert(label.to_owned(), json!(self.id.name));
        let mut inner = self.object.clone();
        let kept = ["name", "namespace", "labels", "annotations", "finalizers"];
        if let Some(metadata) = inner["metadata"].as_object_mut() {
            metadata.retain(|key, _| kept.contains(&key.as_str()));
        }
        let mut spec = json!(DefinitionRevisionSpec {
            revision: number,
            revision_hash: digest.to_owned(),
            definition_type: sort.to_owned(),
            ..DefinitionRevisionSpec::default()
        });
        merge(&mut spec[field], &inner);
        json!({
            "apiVersion": V1BETA1,
            "kind": "DefinitionRevision",
            "metadata": {
                "name": name,
                "namespace": self.id.namespace,
                "labels": carried,
                "ownerReferences": [{
                    "apiVersion": V1BETA1,
                    "kind": self.kind.object_kind(),
                    "name": self.id.name,
                    "uid": meta["uid"],
                }],
            },
            "spec": spec,
        })
    }

    /// Stores the schema of the parameters, for the definition and for its revision.
    async fn describe(&mut self, revision: &str) -> Result<(), Error> {
        let template = &self.object["spec"]["schematic"]["cue"]["template"];
        let Some(template) = template.as_str() else { return Ok(()) };
        let schema = match schema::of_template(&self.controller.compiler, template) {
            Ok(schema) => schema.to_string(),
            Err(why) => return self.undescribed(&why).await,
        };
        let (.., word) = words(self.kind);
        let name = format!("{word}-schema-{}", self.id.name);
        let owner = json!({
            "apiVersion": V1BETA1,
            "kind": self.kind.object_kind(),
            "name": self.id.name,
            "uid": self.object["metadata"]["uid"],
            "controller": true,
            "blockOwnerDeletion": true,
        });
        self.keep_schema(&name, &self.id.name, &schema, owner).await?;
        let id = ObjectId { name: revision.to_owned(), ..self.revision_id() };
        let stored = self.controller.fleet.get(&id).await?.unwrap_or_default();
        let owner = json!({
            "apiVersion": V1BETA1,
            "kind": "DefinitionRevision",
            "name": revision,
            "uid": stored["metadata"]["uid"],
            "controller": true,
            "blockOwnerDeletion": true,
        });
        self.keep_schema(&format!("{word}-schema-{revision}"), revision, &schema, owner).await?;
        if self.object["status"]["configMapRef"] == name.as_str() {
            return Ok(());
        }
        self.object["status"]["configMapRef"] = json!(name);
        let now = Time::at(self.controller.now());
        let well = mizzen_oam::Condition::success("Synced", now);
        self.object["status"]["conditions"] = json!([well]);
        self.put_status().await
    }

    async fn keep_schema(
        &self,
        name: &str,
        of: &str,
        schema: &str,
        owner: Value,
    ) -> Result<(), Error> {
        let mut carried =
            self.object["metadata"]["labels"].as_object().cloned().unwrap_or_default();
        carried.insert("definition.oam.dev".to_owned(), json!("schema"));
        carried.insert("definition.oam.dev/name".to_owned(), json!(of));
        let mut metadata = json!({
            "name": name,
            "namespace": self.id.namespace,
            "labels": carried,
            "ownerReferences": [owner],
        });
        if self.kind == DefinitionKind::Trait {
            let applies = self.object["spec"]["appliesToWorkloads"].as_array();
            let names: Vec<&str> =
                applies.into_iter().flatten().filter_map(Value::as_str).collect();
            metadata["annotations"] =
                json!({"definition.oam.dev/appliedWorkloads": names.join(",")});
        }
        let wanted = json!({
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": metadata,
            "data": {SCHEMA: schema},
        });
        let id = ObjectId::on_hub("v1", "ConfigMap", &self.id.namespace, name);
        let writer = &self.controller.writer;
        match self.controller.fleet.get(&id).await? {
            None => writer.create(&id, &wanted, false).await.map(drop),
            Some(stored) if stored["data"] == wanted["data"] => Ok(()),
            Some(_) => writer.replace(&id, "", &wanted, false).await.map(drop),
        }
    }

    /// Says in the status why there is no schema. The definition stays usable as far as it is.
    async fn undescribed(&self, why: &str) -> Result<(), Error> {
        let name = &self.id.name;
        let message = format!(
            "cannot store capability {name} in ConfigMap: failed to generate OpenAPI v3 JSON schema \
             for capability {name}: {why}"
        );
        let now = Time::at(self.controller.now());
        let condition = mizzen_oam::Condition::error("Synced", message.clone(), now);
        let stored = self.object["status"]["conditions"].as_array().into_iter().flatten();
        if stored.into_iter().any(|known| known["message"] == message.as_str()) {
            return Ok(());
        }
        let body = json!({"status": {"conditions": [condition]}});
        // Upstream signs this write with the definition's uid.
        let uid = self.object["metadata"]["uid"].as_str().unwrap_or_default();
        let writer = self.controller.writer.as_manager(uid);
        writer.patch(&self.id, "status", Patch::Merge, &body, false).await.map(drop)
    }

    async fn put_status(&mut self) -> Result<(), Error> {
        let writer = &self.controller.writer;
        self.object = writer.replace(&self.id, "status", &self.object, false).await?;
        Ok(())
    }

    /// Deletes revisions beyond the limit, the oldest first, never the one in use.
    async fn retain(&self) -> Result<(), Error> {
        let (_, _, label, _) = words(self.kind);
        let selector = format!("{label}={}", self.id.name);
        let query = Query::on_hub(V1BETA1, "DefinitionRevision", &self.id.namespace, &selector);
        let mut known = self.controller.fleet.list(&query).await?;
        known.sort_by_key(|revision| revision["spec"]["revision"].as_i64());
        let limit = self.controller.options.definition_revision_limit + 1;
        let surplus = known.len().saturating_sub(limit);
        let latest = &self.object["status"]["latestRevision"]["name"];
        for old in known.iter().filter(|r| r["metadata"]["name"] != *latest).take(surplus) {
            let name = old["metadata"]["name"].as_str().unwrap_or_default();
            let id = ObjectId { name: name.to_owned(), ..self.revision_id() };
            self.controller.writer.delete(&id, None, None).await?;
        }
        Ok(())
    }
}

fn read<T: DeserializeOwned>(id: &ObjectId, value: &Value) -> Result<T, Error> {
    serde_json::from_value(value.clone())
        .map_err(|why| Error::Unreadable { what: id.to_string(), why: why.to_string() })
}

/// Fields of the second join the first, which keeps what only it has.
fn merge(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key.clone()).or_insert_with(|| Value::Object(Map::new())), value);
            }
        }
        (into, from) => *into = from.clone(),
    }
}
