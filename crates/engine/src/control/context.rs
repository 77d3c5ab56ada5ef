//! The ConfigMap that holds a run's variables: `workflow-<name>-context`.
//!
//! Source: `pkg/context/context.go` of kubevela/workflow.

use std::collections::BTreeMap;

use jiff::Timestamp;
use mizzen_oam::meta::ObjectReference;
use serde_json::{Value, json};

use super::owner::Owner;
use super::random;
use crate::apply::{Patch, Writer};
use crate::error::Error;
use crate::fleet::Fleet;
use crate::plan::ObjectId;
use crate::workflow::context::VARS;
use crate::workflow::{Context, vars};

/// The variables of a run with where they are kept.
pub(super) struct Store {
    id: ObjectId,
    manager: &'static str,
    stored: Context,
    pub(super) context: Context,
    pub(super) reference: ObjectReference,
}

impl Store {
    /// Reads the variables of a run; makes the ConfigMap for a run that has none. `backend` is where
    /// the status says that they are; `begins` empties what an earlier run left.
    pub(super) async fn open(
        fleet: &Fleet,
        writer: &Writer,
        owner: Owner<'_>,
        backend: Option<&ObjectReference>,
        begins: bool,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let namespace = &owner.meta.namespace;
        let backend = backend.filter(|_| !begins);
        let own = format!("workflow-{}-context", owner.meta.name);
        let name = backend.map_or(own.as_str(), |backend| backend.name.as_str());
        let mut id = config_map(namespace, name);
        let mut made = false;
        let found = match fleet.get(&id).await? {
            Some(found) if backend.is_some() || is_of(&found, owner) => found,
            None if backend.is_some() => {
                return Err(Error::Invalid(format!(
                    "load context: configmaps \"{name}\" not found"
                )));
            }
            taken => {
                if taken.is_some() {
                    id.name = format!("{own}-{}", random::letters(5));
                }
                made = true;
                create(writer, owner, &id, now).await?
            }
        };
        let mut store = Self::read(id, &found, owner.manager)?;
        if made {
            store.reference.api_version = "v1".to_owned();
            store.reference.kind = "ConfigMap".to_owned();
        }
        if begins && !store.context.vars().is_empty() {
            store.context = Context::new(serde_json::Map::new(), store.context.kept().clone());
        }
        Ok(store)
    }

    fn read(id: ObjectId, object: &Value, manager: &'static str) -> Result<Self, Error> {
        let mut kept: BTreeMap<String, String> = BTreeMap::new();
        for (key, value) in object["data"].as_object().into_iter().flatten() {
            kept.insert(key.clone(), value.as_str().unwrap_or_default().to_owned());
        }
        let text = kept.remove(VARS).unwrap_or_default();
        let variables = vars::parse(&text).map_err(|why| Error::Unreadable {
            what: format!("the variables in ConfigMap {}/{}", id.namespace, id.name),
            why,
        })?;
        let context = Context::new(variables, kept);
        let reference = ObjectReference {
            namespace: id.namespace.clone(),
            name: id.name.clone(),
            uid: object["metadata"]["uid"].as_str().unwrap_or_default().to_owned(),
            ..ObjectReference::default()
        };
        Ok(Self { id, manager, stored: context.clone(), context, reference })
    }

    /// The ConfigMap as the status names it. Upstream does not say what kind of object it found there,
    /// only what it made; and what a status said once stays in it.
    pub(super) fn named_as(&self, said: &Value) -> ObjectReference {
        let text = |key: &str| said[key].as_str().unwrap_or_default().to_owned();
        let mut reference = self.reference.clone();
        if said["name"] == reference.name.as_str() && reference.kind.is_empty() {
            (reference.api_version, reference.kind) = (text("apiVersion"), text("kind"));
        }
        reference
    }

    /// Writes what changed, if anything did.
    pub(super) async fn commit(&mut self, writer: &Writer, context: Context) -> Result<(), Error> {
        self.context = context;
        if self.context == self.stored {
            return Ok(());
        }
        let mut data = data(&self.context);
        for key in self.stored.kept().keys().filter(|key| !self.context.kept().contains_key(*key)) {
            data[key] = Value::Null;
        }
        let patch = json!({ "data": data });
        writer.as_manager(self.manager).patch(&self.id, "", Patch::Merge, &patch, false).await?;
        self.stored = self.context.clone();
        Ok(())
    }
}

/// The data of the ConfigMap.
pub(super) fn data(context: &Context) -> Value {
    let mut data: serde_json::Map<String, Value> =
        context.kept().iter().map(|(key, value)| (key.clone(), json!(value))).collect();
    let text = if context.vars().is_empty() { "\n".to_owned() } else { vars::text(context.vars()) };
    data.insert(VARS.to_owned(), json!(text));
    Value::Object(data)
}

fn config_map(namespace: &str, name: &str) -> ObjectId {
    ObjectId::on_hub("v1", "ConfigMap", namespace, name)
}

/// Whether the object belongs to the owner. An Application and a WorkflowRun may have the same name, and
/// so may an object that was deleted and one that took its place.
fn is_of(object: &Value, owner: Owner<'_>) -> bool {
    let uids = object["metadata"]["ownerReferences"].as_array().into_iter().flatten();
    uids.map(|reference| &reference["uid"]).eq([owner.meta.uid.as_str()])
}

async fn create(
    writer: &Writer,
    owner: Owner<'_>,
    id: &ObjectId,
    now: Timestamp,
) -> Result<Value, Error> {
    let object = json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": id.name,
            "namespace": id.namespace,
            "annotations": {"vela.io/startTime": now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()},
            "ownerReferences": [owner.reference()],
        },
        "data": {VARS: "\n"},
    });
    writer.as_manager(owner.manager).create(id, &object, false).await
}
