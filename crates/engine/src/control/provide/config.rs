//! Named configurations: Secrets of a form that people and steps share.
//!
//! Configurations made from a template need the template's CUE, which is not read here yet; asking for
//! one says so. Source: `pkg/config/factory.go` of kubevela.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mizzen_oam::{LOCAL_CLUSTER, gojson, labels};
use serde_json::{Value, json};

use super::common::Common;
use crate::control::work::Work;
use crate::error::Error;
use crate::fleet::Query;
use crate::plan::ObjectId;
use crate::workflow::Reply;

const CATALOG: &str = "config.oam.dev/catalog";
const CATALOG_NAME: &str = "velacore-config";
const TYPE: &str = "config.oam.dev/type";
const PROPERTIES: &str = "input-properties";
const ALIAS: &str = "config.oam.dev/alias";
const DESCRIPTION: &str = "config.oam.dev/description";
const SENSITIVE: &str = "config.oam.dev/sensitive";

impl Work<'_> {
    pub(super) async fn create_config(&mut self, params: &Value) -> Result<Reply, Error> {
        let mut secret = secret(params)?;
        let carried = &mut secret["metadata"]["labels"];
        carried[labels::APP_NAME] = json!(self.appfile.name);
        carried[labels::APP_NAMESPACE] = json!(self.appfile.namespace);
        let manifests = vec![(LOCAL_CLUSTER.to_owned(), secret)];
        self.delivery().dispatch(&mut self.trackers, manifests).await?;
        Ok(Reply::Done(None))
    }
}

impl Common<'_> {
    pub(super) async fn read_config(&self, params: &Value) -> Result<Reply, Error> {
        let id = id(params);
        let found = self.fleet.get(&id).await?.filter(is_config);
        let Some(secret) = found else { return Err(not_found(&id)) };
        if secret["metadata"]["annotations"][SENSITIVE] == "true" {
            return Err(Error::Invalid("the config is sensitive".to_owned()));
        }
        Ok(Reply::Done(Some(json!({"config": properties(&secret)}))))
    }

    pub(super) async fn list_configs(&self, params: &Value) -> Result<Reply, Error> {
        let text = |key: &str| params[key].as_str().unwrap_or_default();
        let (template, namespace) = (text("template"), text("namespace"));
        if template.is_empty() || namespace.is_empty() {
            return Err(Error::Invalid("the request is invalid".to_owned()));
        }
        let template = template.rsplit('/').next().unwrap_or(template);
        let selector = format!("{CATALOG}={CATALOG_NAME},{TYPE}={template}");
        let found = self.fleet.list(&Query::on_hub("v1", "Secret", namespace, &selector)).await?;
        let configs: Vec<Value> = found.iter().map(listed).collect();
        Ok(Reply::Done(Some(json!({ "configs": configs }))))
    }

    pub(super) async fn delete_config(&self, params: &Value) -> Result<Reply, Error> {
        let id = id(params);
        let found = self.fleet.get(&id).await?.filter(is_config);
        let Some(secret) = found else { return Err(not_found(&id)) };
        self.writer.delete(&id, None, Some(&crate::plan::Seen::of(&secret))).await?;
        Ok(Reply::Done(None))
    }
}

/// The Secret that keeps the configuration of a call. Those from a template cannot be made yet.
pub(in crate::control) fn secret(params: &Value) -> Result<Value, Error> {
    let id = id(params);
    if let Some(template) = params["template"].as_str().filter(|name| !name.is_empty()) {
        return Err(Error::Invalid(format!(
            "configuration {}: template {template}: configurations from templates are not supported by \
             this controller yet",
            id.name
        )));
    }
    Ok(json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            // Upstream makes it from a typed object, whose times are written even when not set.
            "creationTimestamp": null,
            "name": id.name,
            "namespace": id.namespace,
            "labels": {CATALOG: CATALOG_NAME, TYPE: ""},
            "annotations": {ALIAS: "", DESCRIPTION: ""},
        },
        "data": {PROPERTIES: STANDARD.encode(gojson::to_string(&params["config"]))},
    }))
}

/// The Secret of the configuration that a call names.
fn id(params: &Value) -> ObjectId {
    let text = |key: &str| params[key].as_str().unwrap_or_default().to_owned();
    ObjectId::on_hub("v1", "Secret", &text("namespace"), &text("name"))
}

fn is_config(secret: &Value) -> bool {
    secret["metadata"]["labels"][CATALOG] == CATALOG_NAME
}

fn not_found(id: &ObjectId) -> Error {
    Error::Invalid(format!("the config {} does not exist in namespace {}", id.name, id.namespace))
}

/// What was given when it was made; nothing when that cannot be read.
fn properties(secret: &Value) -> Value {
    let text = secret["data"][PROPERTIES].as_str().unwrap_or_default();
    let bytes = STANDARD.decode(text).unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_else(|_| json!({}))
}

fn listed(secret: &Value) -> Value {
    let meta = &secret["metadata"];
    let note = |key: &str| meta["annotations"][key].as_str().unwrap_or_default().to_owned();
    let sensitive = note(SENSITIVE) == "true";
    json!({
        "name": meta["name"],
        "alias": note(ALIAS),
        "description": note(DESCRIPTION),
        "config": if sensitive { json!({}) } else { properties(secret) },
    })
}
