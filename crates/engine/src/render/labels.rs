//! Labels, annotations, names and namespaces of rendered objects: the contract with whoever finds
//! them again.
//!
//! Invariant: what is written here is what upstream's controller writes, key by key and in its order
//! of precedence, so that either controller recognises the other's objects.

use mizzen_oam::{annotations, labels};
use serde_json::{Map, Value, json};

use super::appfile::{Appfile, Target};
use super::name;
use super::rendered::Role;

/// What the labels of one component's objects are made from.
pub(crate) struct Origin<'a> {
    pub(crate) app: &'a Appfile,
    pub(crate) component: &'a str,
    pub(crate) component_type: &'a str,
    pub(crate) target: &'a Target,
    /// The objects are a policy's: those stay on the hub and carry fewer labels.
    pub(crate) policy: bool,
}

impl Origin<'_> {
    /// Completes an object of the component: identity, contract labels, annotations, placement.
    pub(crate) fn complete(&self, object: &mut Value, role: &Role, traits: TraitFlags) {
        if self.policy {
            return self.complete_policy(object);
        }
        self.identify(object, role);
        self.place(object, traits);
        self.label(object, role, traits);
        self.annotate(object);
    }

    fn complete_policy(&self, object: &mut Value) {
        set_default(object, "name", self.component);
        self.place(object, TraitFlags { control_plane_only: true, ..TraitFlags::default() });
        let pairs = [
            (labels::APP_COMPONENT, self.component),
            (labels::APP_REVISION, &self.app.revision.name),
            (labels::APP_NAME, &self.app.name),
            (labels::APP_NAMESPACE, &self.app.namespace),
        ];
        add(object, "labels", pairs.into_iter().map(|(key, value)| (key, value.to_owned())));
    }

    fn identify(&self, object: &mut Value, role: &Role) {
        let mut pairs = vec![
            (labels::APP_NAME, self.app.name.clone()),
            (labels::APP_COMPONENT, self.component.to_owned()),
            (labels::APP_REVISION, self.app.revision.name.clone()),
        ];
        match role {
            Role::Workload => pairs.push((labels::WORKLOAD_TYPE, self.component_type.to_owned())),
            Role::Auxiliary { resource } => {
                pairs.push((labels::TRAIT_TYPE, labels::AUXILIARY.to_owned()));
                pairs.push((labels::TRAIT_RESOURCE, resource.clone()));
            }
            Role::Trait { trait_type, resource, .. } => {
                pairs.push((labels::TRAIT_TYPE, trait_type.clone()));
                pairs.push((labels::TRAIT_RESOURCE, resource.clone()));
            }
        }
        pairs.retain(|(key, value)| *key != labels::TRAIT_RESOURCE || !value.is_empty());
        add(object, "labels", pairs);
        let name = match role {
            Role::Workload => self.component.to_owned(),
            Role::Auxiliary { .. } => name::generated(self.component, labels::AUXILIARY, object),
            Role::Trait { trait_type, .. } => name::generated(self.component, trait_type, object),
        };
        set_default(object, "name", &name);
    }

    /// The namespace: the target's for everything, else the template's, else the application's.
    fn place(&self, object: &mut Value, traits: TraitFlags) {
        if object["apiVersion"] == "v1" && object["kind"] == "Namespace" {
            return;
        }
        if traits.control_plane_only {
            metadata(object).insert("namespace".to_owned(), json!(self.app.namespace));
        } else if !self.target.namespace.is_empty() {
            metadata(object).insert("namespace".to_owned(), json!(self.target.namespace));
        } else {
            set_default(object, "namespace", &self.app.namespace);
        }
    }

    fn label(&self, object: &mut Value, role: &Role, traits: TraitFlags) {
        let hidden = filter(self.app, annotations::FILTER_LABELS);
        let kept = self.app.labels.iter().filter(|(key, _)| !hidden.contains(&key.as_str()));
        add(object, "labels", kept.map(|(key, value)| (key.as_str(), value.clone())));
        let kind = if *role == Role::Workload { labels::WORKLOAD } else { labels::TRAIT };
        let mut pairs = vec![
            (labels::RESOURCE_TYPE, kind.to_owned()),
            (labels::APP_NAME, self.app.name.clone()),
            (labels::APP_NAMESPACE, self.app.namespace.clone()),
            (labels::APP_REVISION, self.app.revision.name.clone()),
            (labels::APP_COMPONENT, self.component.to_owned()),
            (labels::APP_REVISION_HASH, self.app.revision.hash.clone()),
            (labels::COMPONENT_REVISION, String::new()),
        ];
        if traits.manage_workload {
            pairs.push((labels::MANAGE_WORKLOAD, "true".to_owned()));
        }
        add(object, "labels", pairs);
        self.label_cluster(object, traits);
        remove(object, "labels", &hidden);
    }

    /// The cluster label: forced to the hub, else left to the template, else the target's.
    fn label_cluster(&self, object: &mut Value, traits: TraitFlags) {
        let given = object["metadata"]["labels"][labels::CLUSTER].is_string();
        let cluster = if traits.control_plane_only {
            mizzen_oam::LOCAL_CLUSTER
        } else if given || self.target.cluster.is_empty() {
            return;
        } else {
            &self.target.cluster
        };
        add(object, "labels", [(labels::CLUSTER, cluster.to_owned())]);
    }

    fn annotate(&self, object: &mut Value) {
        let mut hidden = filter(self.app, annotations::FILTER_ANNOTATIONS);
        hidden.extend(NEVER_COPIED);
        let kept = self.app.annotations.iter().filter(|(key, _)| !hidden.contains(&key.as_str()));
        add(object, "annotations", kept.map(|(key, value)| (key.as_str(), value.clone())));
        remove(object, "annotations", &hidden);
    }
}

/// Annotations of an application that say something about it alone.
const NEVER_COPIED: [&str; 4] = [
    "app.oam.dev/inplace-upgrade",
    annotations::FILTER_LABELS,
    annotations::FILTER_ANNOTATIONS,
    annotations::KUBECTL_LAST_APPLIED,
];

/// What a trait's definition says of all its objects.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TraitFlags {
    pub(crate) control_plane_only: bool,
    pub(crate) manage_workload: bool,
}

fn filter<'a>(app: &'a Appfile, annotation: &str) -> Vec<&'a str> {
    let list = app.annotations.get(annotation).map_or("", String::as_str);
    list.split(',').map(str::trim).filter(|key| !key.is_empty()).collect()
}

/// `metadata` of an object, made where it is missing.
fn metadata(object: &mut Value) -> &mut Map<String, Value> {
    if !object.is_object() {
        *object = json!({});
    }
    child(object.as_object_mut().expect("made an object just above"), "metadata")
}

fn child<'a>(map: &'a mut Map<String, Value>, key: &str) -> &'a mut Map<String, Value> {
    let value = map.entry(key).or_insert_with(|| json!({}));
    if !value.is_object() {
        *value = json!({});
    }
    value.as_object_mut().expect("made an object just above")
}

fn add<'a>(object: &mut Value, field: &str, pairs: impl IntoIterator<Item = (&'a str, String)>) {
    let mut pairs = pairs.into_iter().peekable();
    if pairs.peek().is_none() {
        return;
    }
    let map = child(metadata(object), field);
    for (key, value) in pairs {
        map.insert(key.to_owned(), Value::String(value));
    }
}

fn remove(object: &mut Value, field: &str, keys: &[&str]) {
    if let Some(map) = object["metadata"][field].as_object_mut() {
        map.retain(|key, _| !keys.contains(&key.as_str()));
    }
}

fn set_default(object: &mut Value, field: &str, value: &str) {
    let metadata = metadata(object);
    if metadata.get(field).and_then(Value::as_str).is_none_or(str::is_empty) {
        metadata.insert(field.to_owned(), json!(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app() -> Appfile {
        let mut app =
            Appfile { name: "shop".into(), namespace: "prod".into(), ..Appfile::default() };
        app.revision.name = "shop-v3".into();
        app.labels.insert("team".into(), "blue".into());
        app.labels.insert("secret".into(), "x".into());
        app.annotations.insert(annotations::FILTER_LABELS.into(), "secret, other".into());
        app.annotations.insert("note".into(), "n".into());
        app
    }

    #[test]
    fn a_workload_gets_name_place_and_labels() {
        let app = app();
        let target = Target { cluster: "c1".into(), namespace: String::new() };
        let origin = Origin {
            app: &app,
            component: "web",
            component_type: "webservice",
            target: &target,
            policy: false,
        };
        let mut object = json!({"apiVersion": "apps/v1", "kind": "Deployment"});
        origin.complete(&mut object, &Role::Workload, TraitFlags::default());
        assert_eq!(
            object["metadata"],
            json!({
                "labels": {
                    "app.oam.dev/name": "shop", "app.oam.dev/component": "web",
                    "app.oam.dev/appRevision": "shop-v3", "workload.oam.dev/type": "webservice",
                    "team": "blue", "app.oam.dev/resourceType": "WORKLOAD",
                    "app.oam.dev/namespace": "prod", "app.oam.dev/app-revision-hash": "",
                    "app.oam.dev/revision": "", "app.oam.dev/cluster": "c1",
                },
                "name": "web", "namespace": "prod", "annotations": {"note": "n"},
            })
        );
    }
}
