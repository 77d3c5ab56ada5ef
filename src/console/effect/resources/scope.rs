//! Which kinds are watched where: those that were delivered, and those that workloads make.

use std::collections::BTreeSet;

use mizzen_engine::plan::ObjectId;
use mizzen_oam::tracker::ManagedResource;

/// One watch: a kind in a namespace of a cluster.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Scope {
    pub(super) cluster: String,
    pub(super) api_version: String,
    pub(super) kind: String,
    pub(super) namespace: String,
}

/// How far down is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    /// Only what was delivered.
    Delivered,
    /// What workloads make of it too.
    Grown,
}

impl Scope {
    /// An object of this scope without a name.
    pub(super) fn object(&self) -> ObjectId {
        ObjectId {
            cluster: self.cluster.clone(),
            api_version: self.api_version.clone(),
            kind: self.kind.clone(),
            namespace: self.namespace.clone(),
            name: String::new(),
        }
    }
}

/// The scopes that hold what was recorded.
pub(super) fn scopes(records: &[ManagedResource], depth: Depth) -> BTreeSet<Scope> {
    let mut scopes = BTreeSet::new();
    for entry in records {
        let object = entry.object();
        let scope = |api_version: &str, kind: &str| Scope {
            cluster: entry.cluster().to_owned(),
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
            namespace: object.namespace.clone(),
        };
        scopes.insert(scope(&object.api_version, &object.kind));
        if depth == Depth::Grown {
            let made = makes(&object.kind).iter();
            scopes.extend(made.map(|(api_version, kind)| scope(api_version, kind)));
        }
    }
    scopes
}

fn makes(kind: &str) -> &'static [(&'static str, &'static str)] {
    match kind {
        "Deployment" | "Rollout" => &[("apps/v1", "ReplicaSet"), ("v1", "Pod")],
        "StatefulSet" | "DaemonSet" | "ReplicaSet" | "Job" => &[("v1", "Pod")],
        "CronJob" => &[("batch/v1", "Job"), ("v1", "Pod")],
        _ => &[],
    }
}
