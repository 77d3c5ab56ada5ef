//! One visit of an application's workflow: the calls of its steps, answered by the clusters.

use std::collections::HashMap;

use jiff::Timestamp;
use mizzen_oam::Application;
use mizzen_oam::application::{AppPolicy, Component};
use mizzen_oam::meta::ObjectReference;
use mizzen_oam::status::{ClusterObjectReference, ServiceStatus};
use serde_json::{Map, Value, json};

use super::deliver::short;
use crate::apply::Writer;
use crate::error::Error;
use crate::fleet::Fleet;
use crate::plan::{ObjectId, Rules};
use crate::render::overriding::overridden;
use crate::render::placement::{KnownCluster, placements};
use crate::render::{Appfile, ClusterVersion, Definitions, Target, context};
use crate::track::Trackers;
use crate::workflow::{Call, Done, Pass, Progress, Reply, Run, Spec, Templates};

/// What a visit works with, and what it leaves behind.
pub(super) struct Work<'a> {
    pub(super) fleet: &'a Fleet,
    pub(super) writer: &'a Writer,
    pub(super) app: &'a Application,
    pub(super) appfile: &'a Appfile,
    pub(super) definitions: &'a Definitions,
    pub(super) rules: &'a Rules,
    pub(super) clusters: &'a [KnownCluster],
    pub(super) version: ClusterVersion,
    pub(super) now: Timestamp,
    pub(super) trackers: Trackers,
    pub(super) services: Vec<ServiceStatus>,
    pub(super) resources: Vec<ClusterObjectReference>,
    pub(super) delivered: HashMap<String, Component>,
    pub(super) patch: Option<Map<String, Value>>,
}

impl Work<'_> {
    /// Visits the workflow once.
    pub(super) async fn visit(&mut self, spec: &Spec, run: Run) -> Done {
        let templates = Templates::new(self.definitions.clone());
        let context = context::step(self.appfile, &self.version);
        let mut pass = Pass::new(spec, run, &templates, &context, self.now, super::random::step_id);
        loop {
            match pass.advance() {
                Progress::Done(done) => return *done,
                Progress::Call(call) => {
                    let reply = self.answer(&call).await;
                    pass.reply(&call, reply);
                }
            }
        }
    }

    async fn answer(&mut self, call: &Call) -> Reply {
        let params = &call.params;
        let done = match (call.provider.as_str(), call.action.as_str()) {
            ("oam", "component-apply") | ("op", "component-apply") => self.component(params).await,
            ("multicluster" | "op", "deploy") => self.deploy(params).await,
            ("kube" | "op", "apply") => self.apply(params).await,
            ("kube" | "op", "apply-in-parallel") => self.apply_all(params).await,
            ("kube" | "op", "read") => self.read(params).await,
            ("kube" | "op", "delete") => self.delete(params).await,
            ("util" | "op", "log") => Ok(Reply::Done(None)),
            ("util" | "op", "string") => Ok(Reply::Done(Some(json!({"str": params["bt"]})))),
            (provider, action) => Ok(Reply::Failed(format!(
                "the call {provider}.{action} is not supported by this controller yet"
            ))),
        };
        done.unwrap_or_else(|error| Reply::Failed(error.to_string()))
    }

    async fn component(&mut self, params: &Value) -> Result<Reply, Error> {
        let component: Component = serde_json::from_value(params["value"].clone())
            .map_err(|why| Error::Invalid(format!("component: {why}")))?;
        let text = |key: &str| params[key].as_str().unwrap_or_default().to_owned();
        let target = Target { cluster: text("cluster"), namespace: text("namespace") };
        let patch = params["patch"].as_object();
        let delivered = self.deliver(&component, &target, patch).await?;
        let value = Some(delivered.value());
        let waits = params["waitHealthy"].as_bool() != Some(false);
        Ok(if delivered.healthy || !waits {
            Reply::Done(value)
        } else {
            Reply::Wait { value, message: "wait healthy".to_owned() }
        })
    }

    /// Components to their places: those that are well stay, the others are delivered when what they
    /// depend on is well. Source: `pkg/workflow/providers/multicluster/deploy.go`.
    async fn deploy(&mut self, params: &Value) -> Result<Reply, Error> {
        let policies = self.policies(params)?;
        let policies: Vec<&AppPolicy> = policies.iter().collect();
        let components = overridden(&self.appfile.components, &policies)?;
        let targets = placements(&policies, self.clusters)?;
        let mut healthy: Vec<(String, String)> = Vec::new();
        let mut reasons = Vec::new();
        let mut errors = Vec::new();
        let tasks: Vec<(&Component, &Target)> =
            targets.iter().flat_map(|t| components.iter().map(move |c| (c, t))).collect();
        for (component, target) in &tasks {
            match self.look(component, target).await {
                Ok(true) => healthy.push((target.cluster.clone(), component.name.clone())),
                Ok(false) => {}
                Err(error) => errors.push(error),
            }
        }
        for (component, target) in &tasks {
            let key = (target.cluster.clone(), component.name.clone());
            if healthy.contains(&key) {
                continue;
            }
            let ready = component
                .depends_on
                .iter()
                .all(|name| healthy.contains(&(target.cluster.clone(), name.clone())));
            let name = task_name(component, target);
            if !ready {
                reasons.push(format!("{name} is waiting dependents"));
                continue;
            }
            match self.deliver(component, target, None).await {
                Ok(delivered) if delivered.healthy => healthy.push(key),
                Ok(_) => reasons.push(format!("{name} is not healthy")),
                Err(error) => errors.push(error.within(name)),
            }
        }
        Error::all(errors)?;
        if reasons.is_empty() {
            return Ok(Reply::Done(None));
        }
        Ok(Reply::Wait { value: None, message: reasons.join(",") })
    }

    fn policies(&self, params: &Value) -> Result<Vec<AppPolicy>, Error> {
        let mut policies = Vec::new();
        let names = params["policies"].as_array().into_iter().flatten();
        for name in names.filter_map(Value::as_str) {
            let found = self.appfile.policy(name);
            let missing = || Error::Invalid(format!("policy {name} not found"));
            policies.push(found.ok_or_else(missing)?.clone());
        }
        for inline in params["inlinePolicies"].as_array().into_iter().flatten() {
            let policy = serde_json::from_value(inline.clone());
            policies.push(policy.map_err(|why| Error::Invalid(format!("inline policy: {why}")))?);
        }
        Ok(policies)
    }

    async fn apply(&mut self, params: &Value) -> Result<Reply, Error> {
        let written = self.write(&params["value"], &params["cluster"]).await?;
        Ok(Reply::Done(Some(json!({ "value": written }))))
    }

    async fn apply_all(&mut self, params: &Value) -> Result<Reply, Error> {
        let mut written = Vec::new();
        for object in params["value"].as_array().into_iter().flatten() {
            written.push(self.write(object, &params["cluster"]).await?);
        }
        Ok(Reply::Done(Some(json!({ "value": written }))))
    }

    /// Writes an object of a step: it is ours from here on, like everything that is delivered.
    async fn write(&mut self, object: &Value, cluster: &Value) -> Result<Value, Error> {
        let mut object = object.clone();
        if object["metadata"]["namespace"].as_str().unwrap_or_default().is_empty() {
            object["metadata"]["namespace"] = json!(self.appfile.namespace);
        }
        let cluster = crate::plan::object::cluster_or_local(cluster.as_str().unwrap_or_default());
        for (key, value) in [
            (mizzen_oam::labels::APP_NAME, self.appfile.name.as_str()),
            (mizzen_oam::labels::APP_NAMESPACE, &self.appfile.namespace),
            (mizzen_oam::labels::CLUSTER, &short(cluster)),
        ] {
            object["metadata"]["labels"][key] = json!(value);
        }
        let id = ObjectId::of(&object, cluster);
        self.dispatch(vec![(cluster.to_owned(), object)], "").await?;
        Ok(self.fleet.get(&id).await?.unwrap_or_default())
    }

    async fn read(&mut self, params: &Value) -> Result<Reply, Error> {
        let id = self.named(params);
        let value = match self.fleet.get(&id).await {
            Ok(Some(object)) => json!({ "value": object }),
            Ok(None) => json!({"value": params["value"], "err": missing(&id)}),
            Err(error) => json!({"value": params["value"], "err": error.to_string()}),
        };
        Ok(Reply::Done(Some(value)))
    }

    async fn delete(&mut self, params: &Value) -> Result<Reply, Error> {
        if params["filter"].is_object() {
            return Ok(Reply::Failed("deleting by filter is not supported yet".to_owned()));
        }
        let id = self.named(params);
        self.trackers.store_deleted(self.writer, &id).await?;
        let done = self.writer.delete(&id, None, None).await;
        let value = done.err().map(|error| json!({"err": error.to_string()}));
        Ok(Reply::Done(value.or_else(|| Some(json!({})))))
    }

    fn named(&self, params: &Value) -> ObjectId {
        let cluster = params["cluster"].as_str().unwrap_or_default();
        let cluster = crate::plan::object::cluster_or_local(cluster);
        let mut id = ObjectId::of(&params["value"], cluster);
        if id.namespace.is_empty() {
            "default".clone_into(&mut id.namespace);
        }
        id
    }

    /// Notes an object as applied in this run.
    pub(super) fn applied(&mut self, id: &ObjectId) {
        let reference = ClusterObjectReference {
            cluster: short(&id.cluster),
            creator: "workflow".to_owned(),
            object: ObjectReference {
                api_version: id.api_version.clone(),
                kind: id.kind.clone(),
                namespace: id.namespace.clone(),
                name: id.name.clone(),
                ..ObjectReference::default()
            },
        };
        if !self.resources.contains(&reference) {
            self.resources.push(reference);
        }
    }
}

fn task_name(component: &Component, target: &Target) -> String {
    format!("{}/{}/{}/{}", target.cluster, target.namespace, component.replica_key, component.name)
}

fn missing(id: &ObjectId) -> String {
    let plural = format!("{}s", id.kind.to_lowercase());
    let group = id.group();
    let resource = if group.is_empty() { plural } else { format!("{plural}.{group}") };
    format!("{resource} \"{}\" not found", id.name)
}
