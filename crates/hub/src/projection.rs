//! Kinds that are computed from stored objects of another kind, as an aggregated API server does.
//!
//! The hub knows no product: whoever builds it says what the kind is called and how its objects
//! follow from their sources. They are computed when they are read: nothing is stored, written or
//! watched.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use crate::catalog::{Resource, Rules};
use crate::store::{Collection, Snapshot, Store};

/// A read-only kind without a namespace, served by the first cluster of a hub.
#[derive(Clone)]
pub struct Projection {
    /// Its API group.
    pub group: String,
    /// Its version.
    pub version: String,
    /// Its kind, such as `Thing`.
    pub kind: String,
    /// Its resource, such as `things`.
    pub plural: String,
    /// Other names of the resource.
    pub short_names: Vec<String>,
    /// The columns of its table after the name.
    pub columns: Vec<ProjectedColumn>,
    /// Group, resource and namespace of its sources.
    pub source: [String; 3],
    /// Its objects, in order, from all their sources.
    pub objects: fn(&[&Value]) -> Vec<Value>,
}

/// A column of the table of a [`Projection`].
#[derive(Clone, Debug)]
pub struct ProjectedColumn {
    /// Its title.
    pub name: String,
    /// The OpenAPI type of its cells.
    pub kind: String,
    /// What it shows.
    pub description: String,
    /// 0 for always, more for wide output only.
    pub priority: i64,
    /// The cell of an object.
    pub cell: fn(&Value) -> Value,
}

impl fmt::Debug for Projection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Projection({}/{} {})", self.group, self.version, self.kind)
    }
}

impl Projection {
    /// Its row of the catalog.
    pub(crate) fn resource(self) -> Resource {
        Resource {
            group: self.group.clone(),
            version: self.version.clone(),
            plural: self.plural.clone(),
            singular: self.kind.to_lowercase(),
            kind: self.kind.clone(),
            list_kind: format!("{}List", self.kind),
            namespaced: false,
            verbs: ["get", "list"].map(str::to_owned).to_vec(),
            short_names: self.short_names.clone(),
            categories: Vec::new(),
            subresources: Vec::new(),
            rules: Rules::default(),
            storage: Collection::new(&self.group, &self.plural),
            facts: None,
            custom: None,
            projection: Some(Arc::new(self)),
        }
    }

    /// Its objects at this moment.
    pub(crate) fn read(&self, store: &Store) -> Vec<Value> {
        let [group, plural, namespace] = &self.source;
        let Snapshot { objects, .. } = store.list(&Collection::new(group, plural), Some(namespace));
        let sources: Vec<&Value> = objects.iter().map(|(_, object)| &**object).collect();
        (self.objects)(&sources)
    }
}
