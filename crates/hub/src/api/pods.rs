//! The subresources that only pods have: binding, eviction, logs.
//!
//! Logs come from the simulation's containers; streams into them are next door.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Response, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::api::Target;
use crate::api::decode;
use crate::api::delete::{self, DeleteOptions};
use crate::api::kinds;
use crate::api::request::{Query, Request};
use crate::api::respond;
use crate::body::Body;
use crate::cluster::Inner;
use crate::json;
use crate::sim::logs::Run;
use crate::status::Status;
use crate::store::{Collection, Write};

/// Answers a POST of a binding: the pod gets its node, once.
pub(crate) async fn bind(
    cluster: &Arc<Inner>,
    request: &Request,
    target: &Target,
) -> Result<Response<Body>, Status> {
    let body = decode::body(request, &cluster.schema, "Binding")?.value;
    let node = json::text(&body, &["target", "name"]);
    if node.is_empty() {
        let cause = crate::status::Cause::required("target.name", "");
        return Err(Status::invalid("", "Binding", &target.name, vec![cause]));
    }
    loop {
        let stored = target.fetch(cluster)?;
        let bound = json::text(&stored, &["spec", "nodeName"]);
        if !bound.is_empty() {
            let why = format!("pod {} is already assigned to node {bound:?}", target.name);
            return Err(Status::conflict("", "pods/binding", &target.name, &why));
        }
        if !json::meta(&stored, "deletionTimestamp").is_empty() {
            let why = format!("pod {} is being deleted, cannot be assigned to a host", target.name);
            return Err(Status::conflict("", "pods/binding", &target.name, &why));
        }
        let mut object = (*stored).clone();
        object["spec"]["nodeName"] = json!(node);
        set_scheduled(&mut object, &cluster.clock.time());
        kinds::normalize(cluster, &target.resource, &mut object)
            .map_err(|why| kinds::not_of_kind(&target.resource, why))?;
        let write = Write::Replace(object, json::revision(&stored));
        if cluster.store.commit(&target.resource.storage, &target.key(), write).await.is_ok() {
            return respond::plain(request, StatusCode::CREATED, &Status::success().to_json());
        }
    }
}

fn set_scheduled(pod: &mut Value, time: &str) {
    let generation = pod["metadata"]["generation"].clone();
    let list = json::object_mut(pod, "status").entry("conditions").or_insert_with(|| json!([]));
    if let Some(list) = list.as_array_mut() {
        list.retain(|c| c["type"] != "PodScheduled");
        list.push(
            json!({"type": "PodScheduled", "observedGeneration": generation, "status": "True",
            "lastProbeTime": null, "lastTransitionTime": time}),
        );
    }
}

/// Answers a POST of an eviction: the pod is deleted unless a budget forbids it.
pub(crate) async fn evict(
    cluster: &Arc<Inner>,
    request: &Request,
    target: &Target,
) -> Result<Response<Body>, Status> {
    let body = decode::body(request, &cluster.schema, "Eviction")?.value;
    let pod = target.fetch(cluster)?;
    let phase = json::text(&pod, &["status", "phase"]);
    let going = !json::meta(&pod, "deletionTimestamp").is_empty();
    if !going && !matches!(phase, "Pending" | "Succeeded" | "Failed") {
        spend_budgets(cluster, target, &pod).await?;
    }
    let mut options = body["deleteOptions"].clone();
    if options.is_null() {
        options = json!({});
    }
    let plain = Target { subresource: String::new(), ..target.clone() };
    delete::remove(cluster, &plain, &DeleteOptions::from_body(&options)?).await?;
    respond::plain(request, StatusCode::CREATED, &Status::success().to_json())
}

/// Takes one disruption from every budget that covers a pod, or says which one has none left.
async fn spend_budgets(cluster: &Inner, target: &Target, pod: &Value) -> Result<(), Status> {
    let collection = Collection::new("policy", "poddisruptionbudgets");
    loop {
        let budgets = cluster.store.list(&collection, Some(&target.namespace)).objects;
        let covers = |budget: &Value| {
            let selector = &budget["spec"]["selector"];
            crate::schema::selector_matches(selector, &pod["metadata"]["labels"])
        };
        let allowed =
            |budget: &Value| json::int(budget, &["status", "disruptionsAllowed"]).unwrap_or(0);
        let mut covering = budgets.into_iter().filter(|(_, budget)| covers(budget));
        let Some((key, budget)) = covering.next() else { return Ok(()) };
        if covering.next().is_some() {
            let why = "This pod has more than one PodDisruptionBudget, which the eviction \
                       subresource does not support.";
            return Err(Status::internal(why));
        }
        if allowed(&budget) < 1 {
            return Err(budget_forbids(&budget));
        }
        let mut object = (*budget).clone();
        object["status"]["disruptionsAllowed"] = json!(allowed(&budget) - 1);
        object["status"]["disruptedPods"][target.name.as_str()] = json!(cluster.clock.time());
        let write = Write::Replace(object, json::revision(&budget));
        if cluster.store.commit(&collection, &key, write).await.is_ok() {
            return Ok(());
        }
    }
}

fn budget_forbids(budget: &Value) -> Status {
    let name = json::meta(budget, "name");
    let needs = json::int(budget, &["status", "desiredHealthy"]).unwrap_or(0);
    let has = json::int(budget, &["status", "currentHealthy"]).unwrap_or(0);
    let text =
        format!("The disruption budget {name} needs {needs} healthy pods and has {has} currently");
    let message = "Cannot evict pod as it would violate the pod's disruption budget.";
    Status::failure(429, "TooManyRequests", message).with_cause(crate::status::Cause::new(
        "DisruptionBudget",
        "",
        text,
    ))
}

/// What a log request asks for.
struct LogOptions {
    follow: bool,
    previous: bool,
    timestamps: bool,
    tail: Option<usize>,
    since: Option<Timestamp>,
    limit: Option<usize>,
}

impl LogOptions {
    fn read(query: &Query, now: Timestamp) -> Result<Self, Status> {
        let number = |name: &str| -> Result<Option<i64>, Status> {
            if !query.has(name) {
                return Ok(None);
            }
            let text = query.get(name);
            let number = text.parse::<i64>().ok().filter(|n| *n >= 0);
            number.map(Some).ok_or_else(|| {
                Status::bad_request(format!("{name}: {text:?} is not a whole number"))
            })
        };
        let seconds = number("sinceSeconds")?;
        let since =
            match (seconds, query.get("sinceTime")) {
                (Some(_), text) if !text.is_empty() => {
                    return Err(Status::bad_request(
                        "at most one of `sinceTime` or `sinceSeconds` may be specified",
                    ));
                }
                (Some(seconds), _) => now.checked_sub(SignedDuration::from_secs(seconds)).ok(),
                (None, "") => None,
                (None, text) => Some(text.parse().map_err(|_| {
                    Status::bad_request(format!("sinceTime: {text:?} is not a time"))
                })?),
            };
        let size = |n: Option<i64>| n.and_then(|n| usize::try_from(n).ok());
        Ok(Self {
            follow: query.flag("follow"),
            previous: query.flag("previous"),
            timestamps: query.flag("timestamps"),
            tail: size(number("tailLines")?),
            since,
            limit: size(number("limitBytes")?),
        })
    }

    fn show(&self, lines: &[(Timestamp, String)]) -> String {
        let mut out = String::new();
        for (time, line) in lines.iter().filter(|(time, _)| self.since.is_none_or(|s| *time >= s)) {
            if self.timestamps {
                out.push_str(&time.strftime("%Y-%m-%dT%H:%M:%S%.9fZ ").to_string());
            }
            out.push_str(line);
            out.push('\n');
        }
        out
    }
}

/// Answers a GET of a pod's log.
pub(crate) fn log(
    cluster: &Arc<Inner>,
    request: &Request,
    target: &Target,
) -> Result<Response<Body>, Status> {
    let pod = target.fetch(cluster)?;
    let now = cluster.clock.now();
    let options = LogOptions::read(&request.query, now)?;
    let container = container(&pod, &target.name, request.query.get("container"))?;
    let Some(run) = Run::of(&pod, &container, options.previous) else {
        return Err(no_log(&pod, &target.name, &container, options.previous));
    };
    let total = run.count_at(now);
    let from = options.tail.map_or(0, |tail| total.saturating_sub(tail));
    let mut text = options.show(&run.lines(from, now));
    if let Some(limit) = options.limit {
        text.truncate(text.floor_char_boundary(limit));
    }
    let body = if options.follow && !run.is_over() {
        let follower = Follower {
            cluster: cluster.clone(),
            target: target.clone(),
            container,
            options,
            printed: total,
            pending: VecDeque::from([text]),
        };
        Body::infallible(futures::stream::unfold(follower, Follower::next))
    } else {
        Body::whole(text)
    };
    Ok(respond::raw(StatusCode::OK, "text/plain", body))
}

fn names<'a>(pod: &'a Value, list: &str) -> Vec<&'a str> {
    json::items(pod, &["spec", list]).iter().map(|c| json::text(c, &["name"])).collect()
}

/// The container that is meant.
pub(super) fn container(pod: &Value, name: &str, asked: &str) -> Result<String, Status> {
    let (main, init) = (names(pod, "containers"), names(pod, "initContainers"));
    if !asked.is_empty() {
        if main.contains(&asked) || init.contains(&asked) {
            return Ok(asked.to_owned());
        }
        return Err(Status::bad_request(format!("container {asked} is not valid for pod {name}")));
    }
    if let [one] = main.as_slice()
        && init.is_empty()
    {
        return Ok((*one).to_owned());
    }
    if let [one, ..] = main.as_slice()
        && main.len() == 1
    {
        return Ok((*one).to_owned());
    }
    let mut text = format!(
        "a container name must be specified for pod {name}, choose one of: [{}]",
        main.join(" ")
    );
    if !init.is_empty() {
        text.push_str(&format!(" or one of the init containers: [{}]", init.join(" ")));
    }
    Err(Status::bad_request(text))
}

fn no_log(pod: &Value, name: &str, container: &str, previous: bool) -> Status {
    if previous {
        return Status::bad_request(format!(
            "previous terminated container {container:?} in pod {name:?} not found"
        ));
    }
    let waiting = ["containerStatuses", "initContainerStatuses"]
        .iter()
        .flat_map(|list| json::items(pod, &["status", list]))
        .find(|c| c["name"] == container)
        .map_or("ContainerCreating", |c| json::text(c, &["state", "waiting", "reason"]));
    let why = match waiting {
        "ErrImagePull" => "image can't be pulled",
        "ImagePullBackOff" => "trying and failing to pull image",
        other => other,
    };
    Status::bad_request(format!(
        "container {container:?} in pod {name:?} is waiting to start: {why}"
    ))
}

/// A log that is followed: the lines so far, then each one when its time comes.
struct Follower {
    cluster: Arc<Inner>,
    target: Target,
    container: String,
    options: LogOptions,
    printed: usize,
    pending: VecDeque<String>,
}

impl Follower {
    /// The next text; ends when the container ended or the pod is gone.
    async fn next(mut self) -> Option<(Result<Bytes, Infallible>, Self)> {
        let mut moved = self.cluster.store.subscribe(&self.target.resource.storage);
        loop {
            if let Some(text) = self.pending.pop_front() {
                if text.is_empty() {
                    continue;
                }
                return Some((Ok(Bytes::from(text)), self));
            }
            let pod = self.target.fetch(&self.cluster).ok()?;
            let run = Run::of(&pod, &self.container, false)?;
            let now = self.cluster.clock.now();
            let total = run.count_at(now);
            if total > self.printed {
                let text = self.options.show(&run.lines(self.printed, now));
                self.printed = total;
                self.pending.push_back(text);
                continue;
            }
            if run.is_over() {
                return None;
            }
            let wait = run.time(self.printed).duration_since(now);
            let wait = Duration::try_from(wait).unwrap_or_default() + Duration::from_millis(1);
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                _ = moved.changed() => {}
            }
        }
    }
}
