//! The resources of an application across clusters, down to containers. Pure: values in, values out.
//!
//! What was delivered stands in the trackers; what came of it is found by owner references. The
//! verdict on each object is that of its kind: what Kubernetes itself writes into its status.

mod judge;

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value;

use crate::plan::ObjectId;

pub use judge::{Health, Verdict, judge};

/// One row of the tree; children follow their parent, one deeper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Which object; for a cluster only the cluster is set, for a container the name is its own.
    pub object: ObjectId,
    /// What the row is.
    pub row: Row,
    /// How deep it stands; clusters are 0.
    pub depth: usize,
    /// How it is.
    pub verdict: Verdict,
}

/// What a row of the tree is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    /// A cluster.
    Cluster,
    /// An object.
    Object,
    /// A container of a Pod.
    Container,
}

impl Node {
    /// An id that is unique in the tree and stays the same over time.
    #[must_use]
    pub fn id(&self) -> String {
        match self.row {
            Row::Cluster => self.object.cluster.clone(),
            Row::Object => self.object.key(),
            Row::Container => {
                let object = &self.object;
                format!("{}#{}", object.key(), object.api_version)
            }
        }
    }
}

/// The live objects of one cluster.
#[derive(Clone, Debug, Default)]
pub struct Live {
    by_key: HashMap<String, Value>,
    children: HashMap<String, Vec<String>>,
}

impl Live {
    /// Indexes objects by what they are and by who owns them.
    #[must_use]
    pub fn new(cluster: &str, objects: impl IntoIterator<Item = Value>) -> Self {
        let mut live = Self::default();
        for object in objects {
            let key = ObjectId::of(&object, cluster).key();
            for owner in object["metadata"]["ownerReferences"].as_array().into_iter().flatten() {
                if let Some(uid) = owner["uid"].as_str() {
                    live.children.entry(uid.to_owned()).or_default().push(key.clone());
                }
            }
            live.by_key.insert(key, object);
        }
        for keys in live.children.values_mut() {
            keys.sort();
            keys.dedup();
        }
        live
    }

    fn children(&self, object: &Value) -> Vec<&Value> {
        let uid = object["metadata"]["uid"].as_str().unwrap_or_default();
        let keys = self.children.get(uid).into_iter().flatten();
        keys.filter_map(|key| self.by_key.get(key)).collect()
    }
}

/// Builds the tree. `managed` is what the trackers record; a cluster that is missing in `live` could
/// not be read, for the reason in `unread` if there is one.
#[must_use]
pub fn build(
    managed: &[ObjectId],
    live: &BTreeMap<String, Live>,
    unread: &BTreeMap<String, String>,
) -> Vec<Node> {
    let mut by_cluster: BTreeMap<&str, Vec<&ObjectId>> = BTreeMap::new();
    for object in managed {
        by_cluster.entry(&object.cluster).or_default().push(object);
    }
    let mut nodes = Vec::new();
    for (cluster, mut objects) in by_cluster {
        objects.sort_by_key(|object| (rank(&object.kind), object.key()));
        let at = nodes.len();
        nodes.push(cluster_row(cluster));
        match live.get(cluster) {
            Some(live) => objects.iter().for_each(|object| delivered(object, live, &mut nodes)),
            None => {
                let why = unread.get(cluster).map_or("not read yet", String::as_str);
                nodes.extend(objects.iter().map(|object| unknown(object, why)));
            }
        }
        nodes[at].verdict = worst(&nodes[at + 1..]);
        if !live.contains_key(cluster) {
            let why = unread.get(cluster).cloned().unwrap_or_else(|| "not read yet".into());
            nodes[at].verdict = Verdict { health: Health::Unknown, text: why };
        }
    }
    nodes
}

/// Workloads first: they are what people look for.
fn rank(kind: &str) -> u8 {
    match kind {
        "Deployment" | "StatefulSet" | "DaemonSet" | "Rollout" => 0,
        "Job" | "CronJob" | "Pod" => 1,
        "Service" | "Ingress" => 2,
        _ => 3,
    }
}

fn cluster_row(cluster: &str) -> Node {
    Node {
        object: ObjectId { cluster: cluster.to_owned(), ..ObjectId::default() },
        row: Row::Cluster,
        depth: 0,
        verdict: Verdict::default(),
    }
}

fn unknown(object: &ObjectId, why: &str) -> Node {
    let verdict = Verdict { health: Health::Unknown, text: why.to_owned() };
    Node { object: object.clone(), row: Row::Object, depth: 1, verdict }
}

fn delivered(object: &ObjectId, live: &Live, nodes: &mut Vec<Node>) {
    match live.by_key.get(&object.key()) {
        Some(value) => {
            let mut seen = HashSet::new();
            grown(object, value, live, 1, nodes, &mut seen);
        }
        None => nodes.push(Node {
            object: object.clone(),
            row: Row::Object,
            depth: 1,
            verdict: Verdict { health: Health::Degraded, text: "does not exist".into() },
        }),
    }
}

/// Owners deeper than this are not followed: nothing honest nests so far.
const DEEPEST: usize = 12;

fn grown(
    id: &ObjectId,
    value: &Value,
    live: &Live,
    depth: usize,
    nodes: &mut Vec<Node>,
    seen: &mut HashSet<String>,
) {
    if depth > DEEPEST || !seen.insert(id.key()) {
        return;
    }
    nodes.push(Node { object: id.clone(), row: Row::Object, depth, verdict: judge(value) });
    for child in live.children(value) {
        if is_past(child) {
            continue;
        }
        grown(&ObjectId::of(child, &id.cluster), child, live, depth + 1, nodes, seen);
    }
    if id.kind == "Pod" {
        containers(id, value, depth + 1, nodes);
    }
}

/// A ReplicaSet of an earlier revision that runs nothing any more says nothing either.
fn is_past(object: &Value) -> bool {
    object["kind"] == "ReplicaSet"
        && object["spec"]["replicas"].as_i64() == Some(0)
        && object["status"]["replicas"].as_i64().unwrap_or(0) == 0
}

fn containers(pod: &ObjectId, value: &Value, depth: usize, nodes: &mut Vec<Node>) {
    for status in value["status"]["containerStatuses"].as_array().into_iter().flatten() {
        let name = status["name"].as_str().unwrap_or_default();
        nodes.push(Node {
            // The container's name stands where an object has its version: a Pod's is always v1.
            object: ObjectId { api_version: name.to_owned(), ..pod.clone() },
            row: Row::Container,
            depth,
            verdict: judge::container(status),
        });
    }
}

/// The most urgent verdict, with what it concerns.
fn worst(nodes: &[Node]) -> Verdict {
    let worst = nodes.iter().min_by_key(|node| node.verdict.health);
    match worst {
        None => Verdict { health: Health::Healthy, text: "nothing delivered".into() },
        Some(node) if node.verdict.health == Health::Healthy => {
            let count = nodes.iter().filter(|node| node.depth == 1).count();
            Verdict {
                health: Health::Healthy,
                text: format!("{count} object{}", if count == 1 { "" } else { "s" }),
            }
        }
        Some(node) => {
            let text = format!("{} {}: {}", node.object.kind, node.object.name, node.verdict.text);
            Verdict { health: node.verdict.health, text }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn id(cluster: &str, api_version: &str, kind: &str, name: &str) -> ObjectId {
        ObjectId {
            cluster: cluster.into(),
            api_version: api_version.into(),
            kind: kind.into(),
            namespace: "shop".into(),
            name: name.into(),
        }
    }

    fn object(kind: &str, version: &str, name: &str, uid: &str, owner: &str) -> Value {
        json!({
            "apiVersion": version, "kind": kind,
            "metadata": {
                "name": name, "namespace": "shop", "uid": uid, "generation": 1,
                "ownerReferences": if owner.is_empty() { json!([]) } else { json!([{"uid": owner}]) },
            },
        })
    }

    #[test]
    fn owners_lead_down_to_containers() {
        let mut deployment = object("Deployment", "apps/v1", "web", "u1", "");
        deployment["spec"] = json!({"replicas": 1});
        deployment["status"] = json!({"observedGeneration": 1, "replicas": 1,
            "updatedReplicas": 1, "readyReplicas": 0, "availableReplicas": 0});
        let mut set = object("ReplicaSet", "apps/v1", "web-1", "u2", "u1");
        set["spec"] = json!({"replicas": 1});
        let mut old = object("ReplicaSet", "apps/v1", "web-0", "u3", "u1");
        old["spec"] = json!({"replicas": 0});
        let mut pod = object("Pod", "v1", "web-1-a", "u4", "u2");
        pod["status"] = json!({"phase": "Running", "containerStatuses": [
            {"name": "app", "ready": false, "restartCount": 3,
             "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}}}]});
        let live = Live::new("eu-1", [deployment, set, old, pod]);
        let managed =
            [id("eu-1", "apps/v1", "Deployment", "web"), id("us-1", "v1", "ConfigMap", "c")];
        let unread = BTreeMap::from([("us-1".to_owned(), "connection refused".to_owned())]);
        let nodes = build(&managed, &BTreeMap::from([("eu-1".to_owned(), live)]), &unread);
        let told: Vec<String> = nodes
            .iter()
            .map(|node| {
                let name = match node.row {
                    Row::Cluster => node.object.cluster.clone(),
                    Row::Object => format!("{} {}", node.object.kind, node.object.name),
                    Row::Container => format!("container {}", node.object.api_version),
                };
                let indent = "  ".repeat(node.depth);
                format!("{indent}{name}: {:?} {}", node.verdict.health, node.verdict.text)
            })
            .collect();
        assert_eq!(
            told,
            [
                "eu-1: Degraded Pod web-1-a: app: CrashLoopBackOff, 3 restarts",
                "  Deployment web: Progressing 0/1 ready",
                "    ReplicaSet web-1: Progressing 0/1 ready",
                "      Pod web-1-a: Degraded app: CrashLoopBackOff, 3 restarts",
                "        container app: Degraded CrashLoopBackOff, 3 restarts",
                "us-1: Unknown connection refused",
                "  ConfigMap c: Unknown connection refused",
            ]
        );
    }

    #[test]
    fn owners_that_own_each_other_end() {
        let a = object("ReplicaSet", "apps/v1", "a", "ua", "ub");
        let b = object("ReplicaSet", "apps/v1", "b", "ub", "ua");
        let live = BTreeMap::from([("local".to_owned(), Live::new("local", [a, b]))]);
        let nodes = build(&[id("local", "apps/v1", "ReplicaSet", "a")], &live, &BTreeMap::new());
        assert_eq!(nodes.len(), 3);
    }
}
