//! Delete: preconditions, grace, finalizers, and what is left to the collector.
//!
//! The order is that of `apiserver/pkg/registry/rest/delete.go` and the generic store.

use std::sync::Arc;

use http::{Response, StatusCode};
use serde_json::{Value, json};

use crate::api::Target;
use crate::api::admission;
use crate::api::decode;
use crate::api::kinds;
use crate::api::options::{self, ListOptions};
use crate::api::request::Request;
use crate::api::respond;
use crate::api::settle::{after_write, is_finished};
use crate::body::Body;
use crate::cluster::Inner;
use crate::crd;
use crate::json;
use crate::schema::Schema;
use crate::status::{Cause, Status};
use crate::store::{Key, Refused, Write};

/// Holds an owner until its dependents no longer name it.
pub(crate) const ORPHAN: &str = "orphan";
/// Holds an owner until its dependents are gone.
pub(crate) const FOREGROUND: &str = "foregroundDeletion";

/// The options of a delete.
#[derive(Clone, Debug, Default)]
pub(crate) struct DeleteOptions {
    grace: Option<i64>,
    policy: String,
    uid: String,
    version: String,
    dry_run: bool,
}

impl DeleteOptions {
    /// The options of the collector, for exactly the object it has looked at.
    pub(crate) fn collector(uid: &str, policy: &str) -> Self {
        Self { policy: policy.to_owned(), uid: uid.to_owned(), ..Self::default() }
    }

    fn parse(request: &Request, schema: &Schema) -> Result<Self, Status> {
        match request.body.is_empty() {
            true => Self::from_body(&query_options(request)?),
            false => Self::from_body(&decode::body(request, schema, "DeleteOptions")?.value),
        }
    }

    /// The options as a DeleteOptions object says them.
    pub(crate) fn from_body(body: &Value) -> Result<Self, Status> {
        let mut causes = Vec::new();
        let mut policy = json::text(body, &["propagationPolicy"]).to_owned();
        match policy.as_str() {
            "" | "Orphan" | "Background" | "Foreground" => {}
            other => causes.push(Cause::not_supported(
                "propagationPolicy",
                &json!(other),
                &["Foreground", "Background", "Orphan", "nil"],
            )),
        }
        match body.get("orphanDependents").and_then(Value::as_bool) {
            Some(_) if !policy.is_empty() => causes.push(Cause::invalid(
                "propagationPolicy",
                &json!(policy),
                "orphanDependents and deletionPropagation cannot be both set",
            )),
            Some(true) => policy = "Orphan".to_owned(),
            Some(false) => policy = "Background".to_owned(),
            None => {}
        }
        let dry = json::items(body, &["dryRun"]).iter().filter_map(Value::as_str);
        let dry_run = options::dry_run(dry, &mut causes);
        if !causes.is_empty() {
            return Err(Status::invalid("meta.k8s.io", "DeleteOptions", "", causes));
        }
        Ok(Self {
            grace: json::int(body, &["gracePeriodSeconds"]).map(|g| if g < 0 { 1 } else { g }),
            policy,
            uid: json::text(body, &["preconditions", "uid"]).to_owned(),
            version: json::text(body, &["preconditions", "resourceVersion"]).to_owned(),
            dry_run,
        })
    }

    fn check(&self, target: &Target, stored: &Value) -> Result<(), Status> {
        let conflict = |why: String| {
            let resource = &target.resource;
            Err(Status::conflict(&resource.group, &resource.kind, &target.name, &why))
        };
        let uid = json::meta(stored, "uid");
        if !self.uid.is_empty() && self.uid != uid {
            let wanted = &self.uid;
            return conflict(format!(
                "the UID in the precondition ({wanted}) does not match the UID in record ({uid}). The \
                 object might have been deleted and then recreated"
            ));
        }
        let version = json::meta(stored, "resourceVersion");
        if !self.version.is_empty() && self.version != version {
            let wanted = &self.version;
            return conflict(format!(
                "the ResourceVersion in the precondition ({wanted}) does not match the \
                 ResourceVersion in record ({version}). The object might have been modified"
            ));
        }
        Ok(())
    }
}

/// The options as query parameters.
fn query_options(request: &Request) -> Result<Value, Status> {
    let query = &request.query;
    let mut value = json!({"propagationPolicy": query.get("propagationPolicy")});
    if query.has("gracePeriodSeconds") {
        let text = query.get("gracePeriodSeconds");
        let seconds: i64 = text.parse().map_err(|_| {
            Status::bad_request(format!("gracePeriodSeconds: {text:?} is not a whole number"))
        })?;
        value["gracePeriodSeconds"] = json!(seconds);
    }
    if query.has("orphanDependents") {
        value["orphanDependents"] = json!(query.flag("orphanDependents"));
    }
    let dry: Vec<&str> = query.all("dryRun").collect();
    if !dry.is_empty() {
        value["dryRun"] = json!(dry);
    }
    Ok(value)
}

/// What a delete did.
pub(crate) enum Outcome {
    /// The object is gone; its last state.
    Gone(Value),
    /// The object is being deleted.
    Going(Value),
}

/// Answers a DELETE of an object.
pub(crate) async fn delete(
    cluster: &Arc<Inner>,
    request: &Request,
    target: &Target,
) -> Result<Response<Body>, Status> {
    let options = DeleteOptions::parse(request, &cluster.schema)?;
    let outcome = remove(cluster, target, &options).await?;
    let mut response = match outcome {
        Outcome::Gone(object) if !target.resource.rules.returns_deleted => {
            let resource = &target.resource;
            let (name, uid) = (target.name.as_str(), json::meta(&object, "uid"));
            let status = Status::deleted(&resource.group, &resource.plural, name, uid);
            respond::plain(request, StatusCode::OK, &status.to_json())?
        }
        Outcome::Gone(object) | Outcome::Going(object) => {
            let now = cluster.clock.now();
            respond::object(request, &target.resource, StatusCode::OK, &object, now)?
        }
    };
    respond::warn(&mut response, &warnings(target, &options));
    Ok(response)
}

fn warnings(target: &Target, options: &DeleteOptions) -> Vec<String> {
    if target.resource.is("batch", "jobs") && options.policy.is_empty() {
        let text = "child pods are preserved by default when jobs are deleted; set \
                    propagationPolicy=Background to remove them or set propagationPolicy=Orphan to \
                    suppress this warning";
        return vec![text.to_owned()];
    }
    Vec::new()
}

/// Answers a DELETE of a collection: what is selected is deleted one by one.
pub(crate) async fn collection(
    cluster: &Arc<Inner>,
    request: &Request,
    target: &Target,
) -> Result<Response<Body>, Status> {
    let options = DeleteOptions::parse(request, &cluster.schema)?;
    let list = ListOptions::parse(&request.query, &target.resource, false)?;
    let namespace = (!target.namespace.is_empty()).then_some(target.namespace.as_str());
    let snapshot = cluster.store.list(&target.resource.storage, namespace);
    let mut gone: Vec<Arc<Value>> = Vec::new();
    for (key, object) in snapshot.objects.iter().filter(|(_, o)| list.selects(o)) {
        let one =
            Target { namespace: key.namespace.clone(), name: key.name.clone(), ..target.clone() };
        match remove(cluster, &one, &options).await {
            Ok(_) => gone.push(object.clone()),
            Err(status) if status.code == 404 => {}
            Err(status) => return Err(status),
        }
    }
    let objects: Vec<&Value> = gone.iter().map(|o| &**o).collect();
    let metadata = json!({"resourceVersion": snapshot.revision.to_string()});
    respond::list(request, &target.resource, metadata, &objects, cluster.clock.now())
}

/// Deletes an object, or marks it as being deleted.
pub(crate) async fn remove(
    cluster: &Inner,
    target: &Target,
    options: &DeleteOptions,
) -> Result<Outcome, Status> {
    admission::may_delete(target)?;
    loop {
        let stored = target.fetch(cluster)?;
        options.check(target, &stored)?;
        let mut object = (*stored).clone();
        set_collector_finalizers(target, options, &mut object);
        hold_definition(cluster, target, &mut object);
        mark(cluster, target, options, &mut object);
        let finished = is_finished(target, &object);
        if options.dry_run || !finished {
            kinds::canonical(cluster, &target.resource, &mut object);
        }
        if options.dry_run {
            return Ok(if finished { Outcome::Gone(object) } else { Outcome::Going(object) });
        }
        if !finished && object == *stored {
            return Ok(Outcome::Going(object));
        }
        let seen = json::revision(&stored);
        let write = match finished {
            true => Write::Remove((*stored).clone(), seen),
            false => Write::Replace(object, seen),
        };
        let key: Key = target.key();
        match cluster.store.commit(&target.resource.storage, &key, write).await {
            Ok(object) if finished => {
                after_write(cluster, target).await;
                return Ok(Outcome::Gone((*object).clone()));
            }
            Ok(object) => return Ok(Outcome::Going((*object).clone())),
            Err(Refused::Changed | Refused::Exists) => {}
        }
    }
}

/// Adds or removes the finalizers that the collector acts on.
fn set_collector_finalizers(target: &Target, options: &DeleteOptions, object: &mut Value) {
    if target.resource.plural == "events" {
        return;
    }
    let has = |name: &str, object: &Value| {
        json::items(object, &["metadata", "finalizers"]).contains(&json!(name))
    };
    let policy = match options.policy.as_str() {
        "" if has(ORPHAN, object) => "Orphan",
        "" if has(FOREGROUND, object) => "Foreground",
        "" if target.resource.rules.orphans_by_default => "Orphan",
        "" => "Background",
        policy => policy,
    };
    let wanted = match policy {
        "Orphan" => Some(ORPHAN),
        "Foreground" => Some(FOREGROUND),
        _ => None,
    };
    let mut list: Vec<Value> = json::items(object, &["metadata", "finalizers"]).to_vec();
    let before = list.clone();
    list.retain(|f| f == &json!(wanted) || (f != ORPHAN && f != FOREGROUND));
    if let Some(name) = wanted
        && !list.contains(&json!(name))
    {
        list.push(json!(name));
    }
    if list == before {
        return;
    }
    match list.is_empty() {
        true => drop(json::remove_meta(object, "finalizers")),
        false => json::set_meta(object, "finalizers", list),
    }
}

/// A definition stays until its instances are gone.
fn hold_definition(cluster: &Inner, target: &Target, object: &mut Value) {
    let marked = !json::meta(object, "deletionTimestamp").is_empty();
    if marked || !target.resource.is(crd::GROUP, crd::PLURAL) {
        return;
    }
    let metadata = json::object_mut(object, "metadata");
    let list = json::list_mut(metadata, "finalizers");
    if !list.iter().any(|f| f == crd::CLEANUP) {
        list.push(json!(crd::CLEANUP));
    }
    let message = "CustomResourceDefinition marked for deletion; CustomResource deletion will begin \
                   soon";
    let reason = "InstanceDeletionPending";
    crd::lifecycle::set_condition(cluster, object, "Terminating", "True", reason, message);
}

/// Marks an object as being deleted; a second delete may only shorten the grace of the first.
fn mark(cluster: &Inner, target: &Target, options: &DeleteOptions, object: &mut Value) {
    let grace = grace(target, options, object);
    let marked = !json::meta(object, "deletionTimestamp").is_empty();
    if marked {
        let current = json::int(object, &["metadata", "deletionGracePeriodSeconds"]).unwrap_or(0);
        if options.grace.is_none() || grace >= current {
            return;
        }
    }
    let at = cluster.clock.now() + std::time::Duration::from_secs(grace.unsigned_abs());
    json::set_meta(object, "deletionTimestamp", crate::clock::format_seconds(at));
    let definition = target.resource.is(crd::GROUP, crd::PLURAL);
    if !target.resource.is("", "namespaces") && !definition {
        json::set_meta(object, "deletionGracePeriodSeconds", grace);
    }
    let generation = json::int(object, &["metadata", "generation"]).unwrap_or(0);
    if !marked && generation > 0 && !definition {
        json::set_meta(object, "generation", generation + 1);
    }
    if target.resource.is("", "namespaces") {
        json::object_mut(object, "status").insert("phase".into(), json!("Terminating"));
    }
}

/// How long an object is given to end: only pods that run somewhere are given any time.
fn grace(target: &Target, options: &DeleteOptions, object: &Value) -> i64 {
    if !target.resource.is("", "pods") {
        return 0;
    }
    let phase = json::text(object, &["status", "phase"]);
    let unscheduled = json::text(object, &["spec", "nodeName"]).is_empty();
    if unscheduled || matches!(phase, "Succeeded" | "Failed") {
        return 0;
    }
    let own = json::int(object, &["spec", "terminationGracePeriodSeconds"]);
    options.grace.or(own).unwrap_or(30)
}
