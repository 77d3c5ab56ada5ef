//! Which containers belong to what is asked for: found by the selectors of what was delivered, and
//! watched, so that a pod that starts later is read too.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::StreamExt;
use k8s_openapi::api::core::v1::{ContainerStatus, Pod};
use kube::api::DynamicObject;
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Api, ResourceExt};
use mizzen_engine::plan::ObjectId;
use mizzen_engine::track::garbage::object_id;
use mizzen_oam::labels;
use serde_json::Value;
use tokio::sync::mpsc;

use super::super::world::World;
use super::super::{Task, resources, words};
use super::lines::Source;
use crate::console::model::AppKey;
use crate::console::model::logs::Scope;
use crate::console::term::clean::Clean;

/// Kinds that have no pods of their own; of any other kind the object is asked.
const WITHOUT_PODS: &[&str] = &[
    "ClusterRole",
    "ClusterRoleBinding",
    "ConfigMap",
    "HorizontalPodAutoscaler",
    "Ingress",
    "Namespace",
    "NetworkPolicy",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "PodDisruptionBudget",
    "Role",
    "RoleBinding",
    "Secret",
    "ServiceAccount",
    "StorageClass",
];

/// What the search tells.
pub(super) enum Found {
    /// A run of a container.
    Run(Box<Source>),
    /// Everything that there is now was told.
    Listed,
    /// What the application delivered cannot be read, and why.
    Refused(String),
    /// Pods of a cluster cannot be read, and why.
    Failed(Arc<Clean>, String),
}

/// Pods that are watched together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Pods {
    cluster: String,
    namespace: String,
    chosen: Chosen,
}

/// How they are chosen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Chosen {
    Labelled(String),
    Named(String),
}

/// Tells of containers until nobody listens.
pub(super) async fn find(
    world: Arc<dyn World>,
    key: AppKey,
    scope: Option<Scope>,
    out: mpsc::Sender<Found>,
) {
    let mut trackers = resources::trackers_changed(&world, &key);
    let mut watches: BTreeMap<Pods, Task> = BTreeMap::new();
    let container = scope.as_ref().and_then(|scope| scope.container.clone());
    let mut failed = None;
    loop {
        match wanted(world.as_ref(), &key, scope.as_ref()).await {
            Ok(wanted) => {
                watches.retain(|pods, _| wanted.contains(pods));
                let none = wanted.is_empty();
                for pods in wanted {
                    let task = || {
                        let (world, container) = (world.clone(), container.clone());
                        let watch = watch(world, pods.clone(), container, out.clone());
                        Task(tokio::spawn(watch))
                    };
                    watches.entry(pods.clone()).or_insert_with(task);
                }
                if none && out.send(Found::Listed).await.is_err() {
                    return;
                }
            }
            Err(why) if failed.as_ref() != Some(&why) => {
                failed = Some(why.clone());
                if out.send(Found::Refused(why)).await.is_err() {
                    return;
                }
            }
            Err(_) => {}
        }
        tokio::select! {
            changed = trackers.next() => if changed.is_none() { return },
            () = out.closed() => return,
        }
    }
}

/// The pods of what is asked for, as it is recorded now.
async fn wanted(
    world: &dyn World,
    key: &AppKey,
    scope: Option<&Scope>,
) -> Result<BTreeSet<Pods>, String> {
    if let Some(scope) = scope.filter(|scope| matches!(scope.kind.as_str(), "Pod" | "container")) {
        let (cluster, namespace) = (scope.cluster.clone(), scope.namespace.clone());
        return Ok([Pods { cluster, namespace, chosen: Chosen::Named(scope.name.clone()) }].into());
    }
    let mut found = BTreeSet::new();
    if let Some(scope) = scope.filter(|scope| scope.kind == "ReplicaSet") {
        let id = ObjectId {
            cluster: scope.cluster.clone(),
            api_version: "apps/v1".to_owned(),
            kind: scope.kind.clone(),
            namespace: scope.namespace.clone(),
            name: scope.name.clone(),
        };
        found.extend(of_object(world, &id, "").await);
        return Ok(found);
    }
    for tracker in resources::records(world, key).await? {
        for entry in tracker.spec.managed_resources.iter().filter(|entry| !entry.deleted) {
            let id = object_id(entry);
            if scope.is_none_or(|scope| within(scope, &id)) {
                found.extend(of_object(world, &id, &entry.component).await);
            }
        }
    }
    Ok(found)
}

fn within(scope: &Scope, id: &ObjectId) -> bool {
    let object = (&scope.kind, &scope.namespace, &scope.name);
    scope.cluster == id.cluster
        && (scope.kind.is_empty() || object == (&id.kind, &id.namespace, &id.name))
}

/// The pods of an object, where it has any: those that it selects, else those of its component.
async fn of_object(world: &dyn World, id: &ObjectId, component: &str) -> Option<Pods> {
    if WITHOUT_PODS.contains(&id.kind.as_str()) {
        return None;
    }
    let read = match resources::api(world, id).await {
        Ok(api) => api.get_opt(&id.name).await.ok().flatten(),
        Err(_) => None,
    };
    let place =
        |chosen| Pods { cluster: id.cluster.clone(), namespace: id.namespace.clone(), chosen };
    if id.kind == "Pod" {
        return Some(place(Chosen::Named(id.name.clone())));
    }
    let selected = read.as_ref().and_then(selector);
    let fallback = || {
        let known = !component.is_empty() && id.kind != "Service";
        known.then(|| format!("{}={component}", labels::APP_COMPONENT))
    };
    selected.or_else(fallback).map(|labels| place(Chosen::Labelled(labels)))
}

/// The selector of a workload, or of a Service, as a query writes it.
fn selector(object: &DynamicObject) -> Option<String> {
    let selector = object.data.get("spec")?.get("selector")?;
    let labels = selector.get("matchLabels").unwrap_or(selector).as_object()?;
    let mut terms: Vec<String> = labels
        .iter()
        .filter_map(|(name, value)| Some(format!("{name}={}", value.as_str()?)))
        .collect();
    let expressions = selector.get("matchExpressions").and_then(Value::as_array);
    terms.extend(expressions.into_iter().flatten().filter_map(expression));
    (!terms.is_empty()).then(|| terms.join(","))
}

fn expression(term: &Value) -> Option<String> {
    let name = term["key"].as_str()?;
    let values: Vec<&str> =
        term["values"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    Some(match term["operator"].as_str()? {
        "In" => format!("{name} in ({})", values.join(",")),
        "NotIn" => format!("{name} notin ({})", values.join(",")),
        "Exists" => name.to_owned(),
        "DoesNotExist" => format!("!{name}"),
        _ => return None,
    })
}

/// Follows pods and tells each run of their containers.
async fn watch(
    world: Arc<dyn World>,
    pods: Pods,
    container: Option<String>,
    out: mpsc::Sender<Found>,
) {
    let cluster = Arc::new(Clean::new(&pods.cluster));
    let client = match world.client(&pods.cluster).await {
        Ok(client) => client,
        Err(why) => {
            // Nobody listens when the side was left.
            let _ = out.send(Found::Failed(cluster, why)).await;
            return;
        }
    };
    let api: Api<Pod> = Api::namespaced(client, &pods.namespace);
    let config = match &pods.chosen {
        Chosen::Labelled(labels) => watcher::Config::default().labels(labels),
        Chosen::Named(name) => watcher::Config::default().fields(&format!("metadata.name={name}")),
    };
    let mut events = watcher(api.clone(), config).default_backoff().boxed();
    let (mut listed, mut failing) = (false, false);
    while let Some(event) = events.next().await {
        let told = match event {
            Ok(watcher::Event::Apply(pod) | watcher::Event::InitApply(pod)) => {
                failing = false;
                runs(&api, &pods.cluster, &pod, container.as_deref(), listed)
            }
            Ok(watcher::Event::InitDone) => {
                (listed, failing) = (true, false);
                vec![Found::Listed]
            }
            Ok(watcher::Event::Init | watcher::Event::Delete(_)) => Vec::new(),
            Err(_) if failing => Vec::new(),
            Err(error) => {
                failing = true;
                vec![Found::Failed(cluster.clone(), words::watch(&error))]
            }
        };
        for found in told {
            if out.send(found).await.is_err() {
                return;
            }
        }
    }
}

/// The statuses of all containers of a pod.
pub(super) fn statuses(pod: &Pod) -> Vec<ContainerStatus> {
    let Some(status) = &pod.status else { return Vec::new() };
    let lists = [&status.init_container_statuses, &status.container_statuses];
    lists.into_iter().flatten().flatten().cloned().collect()
}

/// The runs of a pod's containers that have begun.
fn runs(
    api: &Api<Pod>,
    cluster: &str,
    pod: &Pod,
    container: Option<&str>,
    new: bool,
) -> Vec<Found> {
    let several = pod.spec.as_ref().is_some_and(|spec| {
        spec.containers.len() + spec.init_containers.as_ref().map_or(0, Vec::len) > 1
    });
    let begun = |status: &ContainerStatus| {
        let state = status.state.as_ref();
        let now = state.is_some_and(|state| state.running.is_some() || state.terminated.is_some());
        now || status.restart_count > 0
    };
    let wanted =
        |status: &ContainerStatus| begun(status) && container.is_none_or(|it| it == status.name);
    let run = |status: ContainerStatus| {
        // Most pods have one container, which is named after what the pod belongs to.
        let head = match several {
            true => format!("{cluster}/{} {}", pod.name_any(), status.name),
            false => format!("{cluster}/{}", pod.name_any()),
        };
        Found::Run(Box::new(Source {
            pods: api.clone(),
            pod: pod.name_any(),
            container: status.name,
            head: Arc::new(Clean::new(&head)),
            new,
            run: status.restart_count,
        }))
    };
    statuses(pod).into_iter().filter(wanted).map(run).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_become_queries() {
        for (spec, query) in [
            (r#"{"matchLabels":{"app":"web","tier":"a"}}"#, Some("app=web,tier=a")),
            (r#"{"app":"web"}"#, Some("app=web")),
            (
                r#"{"matchLabels":{"app":"web"},"matchExpressions":[{"key":"k","operator":"In","values":["a","b"]},{"key":"x","operator":"Exists"}]}"#,
                Some("app=web,k in (a,b),x"),
            ),
            ("{}", None),
        ] {
            let spec: Value = serde_json::from_str(spec).expect("it is JSON");
            let object: DynamicObject = serde_json::from_value(
                serde_json::json!({"metadata": {"name": "a"}, "spec": {"selector": spec}}),
            )
            .expect("an object");
            assert_eq!(selector(&object).as_deref(), query);
        }
    }
}
