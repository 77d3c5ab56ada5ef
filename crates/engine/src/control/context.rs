//! The ConfigMap that holds a run's variables: `workflow-<application>-context`.
//!
//! Source: `pkg/context/context.go` of kubevela/workflow.

use std::collections::BTreeMap;

use jiff::Timestamp;
use mizzen_oam::meta::ObjectReference;
use mizzen_oam::{Application, V1BETA1};
use serde_json::{Value, json};

use crate::apply::{Patch, Writer};
use crate::error::Error;
use crate::fleet::Fleet;
use crate::plan::ObjectId;
use crate::workflow::context::VARS;
use crate::workflow::{Context, vars};

/// The field manager of context ConfigMaps.
const MANAGER: &str = "vela-core";

/// The variables of a run with where they are kept.
pub(super) struct Store {
    id: ObjectId,
    stored: Context,
    pub(super) context: Context,
    pub(super) reference: ObjectReference,
}

impl Store {
    /// Reads the variables of an application's run; makes the ConfigMap for a run that has none.
    /// `begins` empties what an earlier run left.
    pub(super) async fn open(
        fleet: &Fleet,
        writer: &Writer,
        app: &Application,
        begins: bool,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let workflow = app.status.workflow.as_ref();
        let backend = workflow.and_then(|workflow| workflow.context_backend.as_ref());
        let name = match backend.filter(|_| !begins) {
            Some(backend) => backend.name.clone(),
            None => format!("workflow-{}-context", app.metadata.name),
        };
        let id = config_map(&app.metadata.namespace, &name);
        let mut made = false;
        let found = match fleet.get(&id).await? {
            Some(found) => found,
            None if backend.is_some() && !begins => {
                return Err(Error::Invalid(format!(
                    "load context: configmaps \"{name}\" not found"
                )));
            }
            None => {
                made = true;
                create(writer, app, &id, now).await?
            }
        };
        let mut store = Self::read(id, &found)?;
        if made {
            store.reference.api_version = "v1".to_owned();
            store.reference.kind = "ConfigMap".to_owned();
        }
        if begins && !store.context.vars().is_empty() {
            store.context = Context::new(serde_json::Map::new(), store.context.kept().clone());
        }
        Ok(store)
    }

    fn read(id: ObjectId, object: &Value) -> Result<Self, Error> {
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
        Ok(Self { id, stored: context.clone(), context, reference })
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
        writer.as_manager(MANAGER).patch(&self.id, "", Patch::Merge, &patch, false).await?;
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

async fn create(
    writer: &Writer,
    app: &Application,
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
            "ownerReferences": [{
                "apiVersion": V1BETA1,
                "kind": "Application",
                "name": app.metadata.name,
                "uid": app.metadata.uid,
                "controller": true,
            }],
        },
        "data": {VARS: "\n"},
    });
    writer.as_manager(MANAGER).create(id, &object, false).await
}
