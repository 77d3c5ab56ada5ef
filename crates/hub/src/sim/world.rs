//! The simulation's picture of a cluster: the objects its controllers look at, always current.
//!
//! A mirror of the store for some kinds, with an index from owners to what they control. It changes
//! only by what the store reports, so it can never hold what was not written.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::Value;

use crate::json;
use crate::store::{Change, ChangeKind, Key};

/// The kinds that controllers look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Kind {
    Namespace,
    Node,
    Pod,
    Service,
    ServiceAccount,
    ConfigMap,
    Secret,
    PersistentVolumeClaim,
    PersistentVolume,
    StorageClass,
    EndpointSlice,
    Ingress,
    Deployment,
    ReplicaSet,
    StatefulSet,
    DaemonSet,
    ControllerRevision,
    Job,
    CronJob,
    HorizontalPodAutoscaler,
    PodDisruptionBudget,
    Event,
}

/// Kind, group, version, plural, whether it is namespaced.
type Row = (Kind, &'static str, &'static str, &'static str, bool);

const ROWS: &[Row] = &[
    (Kind::Namespace, "", "v1", "namespaces", false),
    (Kind::Node, "", "v1", "nodes", false),
    (Kind::Pod, "", "v1", "pods", true),
    (Kind::Service, "", "v1", "services", true),
    (Kind::ServiceAccount, "", "v1", "serviceaccounts", true),
    (Kind::ConfigMap, "", "v1", "configmaps", true),
    (Kind::Secret, "", "v1", "secrets", true),
    (Kind::PersistentVolumeClaim, "", "v1", "persistentvolumeclaims", true),
    (Kind::PersistentVolume, "", "v1", "persistentvolumes", false),
    (Kind::StorageClass, "storage.k8s.io", "v1", "storageclasses", false),
    (Kind::EndpointSlice, "discovery.k8s.io", "v1", "endpointslices", true),
    (Kind::Ingress, "networking.k8s.io", "v1", "ingresses", true),
    (Kind::Deployment, "apps", "v1", "deployments", true),
    (Kind::ReplicaSet, "apps", "v1", "replicasets", true),
    (Kind::StatefulSet, "apps", "v1", "statefulsets", true),
    (Kind::DaemonSet, "apps", "v1", "daemonsets", true),
    (Kind::ControllerRevision, "apps", "v1", "controllerrevisions", true),
    (Kind::Job, "batch", "v1", "jobs", true),
    (Kind::CronJob, "batch", "v1", "cronjobs", true),
    (Kind::HorizontalPodAutoscaler, "autoscaling", "v2", "horizontalpodautoscalers", true),
    (Kind::PodDisruptionBudget, "policy", "v1", "poddisruptionbudgets", true),
    (Kind::Event, "", "v1", "events", true),
];

impl Kind {
    /// Every kind but events, which only the recorder writes.
    pub(crate) fn watched() -> impl Iterator<Item = Self> {
        ROWS.iter().map(|row| row.0).filter(|kind| *kind != Self::Event)
    }

    fn row(self) -> &'static Row {
        ROWS.iter().find(|row| row.0 == self).unwrap_or(&ROWS[0])
    }

    /// The kind whose objects a collection holds.
    pub(crate) fn of_collection(group: &str, plural: &str) -> Option<Self> {
        ROWS.iter().find(|row| row.1 == group && row.3 == plural).map(|row| row.0)
    }

    /// The kind of a name, as owner references have it.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::watched().find(|kind| kind.name() == name)
    }

    /// The group it is stored under.
    pub(crate) fn group(self) -> &'static str {
        self.row().1
    }

    /// The resource name.
    pub(crate) fn plural(self) -> &'static str {
        self.row().3
    }

    /// `v1` or `group/version`.
    pub(crate) fn api_version(self) -> String {
        crate::catalog::group_version(self.row().1, self.row().2)
    }

    /// The kind as objects name it.
    pub(crate) fn name(self) -> String {
        format!("{self:?}")
    }

    /// The path of its collection in a namespace.
    pub(crate) fn collection_path(self, namespace: &str) -> String {
        let (_, group, version, plural, namespaced) = self.row();
        let root = if group.is_empty() {
            format!("/api/{version}")
        } else {
            format!("/apis/{group}/{version}")
        };
        if *namespaced {
            format!("{root}/namespaces/{namespace}/{plural}")
        } else {
            format!("{root}/{plural}")
        }
    }
}

/// Which object.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Id {
    pub(crate) kind: Kind,
    pub(crate) key: Key,
}

impl Id {
    pub(crate) fn new(kind: Kind, namespace: &str, name: &str) -> Self {
        Self { kind, key: Key::new(namespace, name) }
    }

    /// The object that a value of this kind is.
    pub(crate) fn of(kind: Kind, object: &Value) -> Self {
        Self::new(kind, json::meta(object, "namespace"), json::meta(object, "name"))
    }

    /// The path of the object.
    pub(crate) fn path(&self) -> String {
        format!("{}/{}", self.kind.collection_path(&self.key.namespace), self.key.name)
    }
}

/// The objects of the watched kinds.
#[derive(Default)]
pub(crate) struct World {
    objects: HashMap<Kind, BTreeMap<Key, Arc<Value>>>,
    controlled: HashMap<String, BTreeSet<Id>>,
}

impl World {
    /// Takes over one change of the store; returns the object it was about if it is watched.
    pub(crate) fn apply(&mut self, change: &Change) -> Option<Id> {
        let kind = Kind::of_collection(&change.collection.group, &change.collection.resource)?;
        if kind == Kind::Event {
            return None;
        }
        let id = Id { kind, key: change.key.clone() };
        match change.kind {
            ChangeKind::Deleted => self.remove(&id),
            ChangeKind::Added | ChangeKind::Modified => self.insert(&id, change.object.clone()),
        }
        Some(id)
    }

    /// Puts an object in its place.
    pub(crate) fn insert(&mut self, id: &Id, object: Arc<Value>) {
        self.remove(id);
        if let Some(owner) = controller(&object) {
            let uid = json::text(owner, &["uid"]).to_owned();
            self.controlled.entry(uid).or_default().insert(id.clone());
        }
        self.objects.entry(id.kind).or_default().insert(id.key.clone(), object);
    }

    fn remove(&mut self, id: &Id) {
        let Some(old) = self.objects.entry(id.kind).or_default().remove(&id.key) else { return };
        let Some(uid) = controller(&old).map(|o| json::text(o, &["uid"]).to_owned()) else {
            return;
        };
        if let Some(set) = self.controlled.get_mut(&uid) {
            set.remove(id);
            if set.is_empty() {
                self.controlled.remove(&uid);
            }
        }
    }

    /// An object.
    pub(crate) fn get(&self, id: &Id) -> Option<&Arc<Value>> {
        self.objects.get(&id.kind)?.get(&id.key)
    }

    /// An object by name.
    pub(crate) fn named(&self, kind: Kind, namespace: &str, name: &str) -> Option<&Arc<Value>> {
        self.objects.get(&kind)?.get(&Key::new(namespace, name))
    }

    /// All objects of a kind in key order.
    pub(crate) fn all(&self, kind: Kind) -> impl Iterator<Item = &Arc<Value>> {
        self.objects.get(&kind).into_iter().flat_map(BTreeMap::values)
    }

    /// The objects of a kind in one namespace.
    pub(crate) fn inside<'a>(
        &'a self,
        kind: Kind,
        namespace: &'a str,
    ) -> impl Iterator<Item = &'a Arc<Value>> {
        self.objects
            .get(&kind)
            .into_iter()
            .flat_map(move |map| map.range(Key::new(namespace, "")..))
            .take_while(move |(key, _)| key.namespace == namespace)
            .map(|(_, object)| object)
    }

    /// The objects of a kind that an owner controls, in key order.
    pub(crate) fn controlled(&self, uid: &str, kind: Kind) -> Vec<Arc<Value>> {
        self.controlled
            .get(uid)
            .into_iter()
            .flatten()
            .filter(|id| id.kind == kind)
            .filter_map(|id| self.get(id).cloned())
            .collect()
    }
}

/// The owner reference that controls an object.
pub(crate) fn controller(object: &Value) -> Option<&Value> {
    json::items(object, &["metadata", "ownerReferences"]).iter().find(|o| o["controller"] == true)
}
