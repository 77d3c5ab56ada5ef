//! What a cluster serves: one row per group, version and resource, built-in or custom.
//!
//! A [`Catalog`] is an immutable value; when a CustomResourceDefinition changes, a new one takes its
//! place, so that one request sees one state of it. Routing, discovery and admission all read it.

mod builtin;

use std::sync::Arc;

use crate::crd::CustomVersion;
use crate::projection::Projection;
use crate::schema::{KindFacts, Schema};
use crate::store::Collection;

/// A subresource that appears in discovery, with the kind it takes and its verbs.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Subresource {
    pub(crate) name: String,
    pub(crate) kind: String,
    /// Group and version of the kind when they differ from the resource's.
    pub(crate) foreign: Option<(String, String)>,
    pub(crate) verbs: Vec<String>,
}

/// The rules in which kinds differ, as `pkg/registry/**/strategy.go` has them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Rules {
    /// `metadata.generation` counts changes of the spec.
    pub(crate) generation: bool,
    /// Annotations count as well (Deployment).
    pub(crate) annotations_count: bool,
    /// A completed delete answers with the object instead of a Status.
    pub(crate) returns_deleted: bool,
    /// PUT creates what does not exist.
    pub(crate) create_on_update: bool,
    /// PUT without a resourceVersion is refused.
    pub(crate) version_required: bool,
    /// Dependents are orphaned unless the request says otherwise.
    pub(crate) orphans_by_default: bool,
    /// Only POST exists; nothing is stored.
    pub(crate) create_only: bool,
}

/// One served resource.
#[derive(Clone, Debug)]
pub(crate) struct Resource {
    pub(crate) group: String,
    pub(crate) version: String,
    pub(crate) plural: String,
    pub(crate) singular: String,
    pub(crate) kind: String,
    pub(crate) list_kind: String,
    pub(crate) namespaced: bool,
    pub(crate) verbs: Vec<String>,
    pub(crate) short_names: Vec<String>,
    pub(crate) categories: Vec<String>,
    pub(crate) subresources: Vec<Subresource>,
    pub(crate) rules: Rules,
    /// Where its objects are stored; versions and twin groups share one place.
    pub(crate) storage: Collection,
    /// The facts of the built-in kind in whose shape objects are stored.
    pub(crate) facts: Option<Arc<KindFacts>>,
    /// The definition behind a custom resource.
    pub(crate) custom: Option<Arc<CustomVersion>>,
    /// How its objects follow from others, when none are stored.
    pub(crate) projection: Option<Arc<Projection>>,
}

impl Resource {
    /// `v1` or `group/version`.
    pub(crate) fn api_version(&self) -> String {
        group_version(&self.group, &self.version)
    }

    pub(crate) fn subresource(&self, name: &str) -> Option<&Subresource> {
        self.subresources.iter().find(|s| s.name == name)
    }

    pub(crate) fn has_status(&self) -> bool {
        self.subresource("status").is_some()
    }

    pub(crate) fn is(&self, group: &str, plural: &str) -> bool {
        self.group == group && self.plural == plural
    }
}

/// `v1` or `group/version`.
pub(crate) fn group_version(group: &str, version: &str) -> String {
    if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") }
}

/// A group with its versions, preferred first.
#[derive(Debug, PartialEq)]
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) versions: Vec<String>,
}

/// All resources of a cluster at one moment.
#[derive(Clone, Debug)]
pub(crate) struct Catalog {
    resources: Vec<Arc<Resource>>,
    /// Counts the changes of the catalog, for caches of what is computed from it.
    pub(crate) edition: u64,
}

impl Catalog {
    /// The built-in kinds alone.
    pub(crate) fn builtin(schema: &Schema) -> Self {
        let resources = builtin::resources(schema).into_iter().map(Arc::new).collect();
        Self { resources, edition: 0 }
    }

    /// This catalog with kinds that are computed from others.
    pub(crate) fn with_projections(mut self, projections: Vec<Projection>) -> Self {
        self.resources.extend(projections.into_iter().map(|it| Arc::new(it.resource())));
        self
    }

    /// This catalog with its custom resources replaced by the given ones.
    pub(crate) fn with_custom(&self, custom: Vec<Resource>) -> Self {
        let kept = self.resources.iter().filter(|r| r.custom.is_none()).cloned();
        let resources = kept.chain(custom.into_iter().map(Arc::new)).collect();
        Self { resources, edition: self.edition + 1 }
    }

    /// The resource at a path.
    pub(crate) fn find(&self, group: &str, version: &str, plural: &str) -> Option<&Arc<Resource>> {
        self.resources
            .iter()
            .find(|r| r.group == group && r.version == version && r.plural == plural)
    }

    /// The resource of a kind.
    pub(crate) fn of_kind(&self, api_version: &str, kind: &str) -> Option<&Arc<Resource>> {
        let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
        self.resources
            .iter()
            .filter(|r| !r.rules.create_only)
            .find(|r| r.group == group && r.version == version && r.kind == kind)
    }

    /// The first served resource whose objects are stored in a collection.
    pub(crate) fn stored_in(&self, collection: &Collection) -> Option<&Arc<Resource>> {
        self.resources.iter().find(|r| r.storage == *collection && !r.rules.create_only)
    }

    /// The groups in order of discovery.
    pub(crate) fn groups(&self) -> Vec<Group> {
        let mut groups: Vec<Group> = Vec::new();
        for resource in &self.resources {
            let version = &resource.version;
            match groups.iter_mut().find(|g| g.name == resource.group) {
                Some(group) if group.versions.contains(version) => {}
                Some(group) => group.versions.push(version.clone()),
                None => groups
                    .push(Group { name: resource.group.clone(), versions: vec![version.clone()] }),
            }
        }
        for group in &mut groups {
            group.versions.sort_by_key(|v| std::cmp::Reverse(version_rank(v)));
        }
        groups
    }

    /// The resources of one group and version.
    pub(crate) fn of_version<'a>(
        &'a self,
        group: &'a str,
        version: &'a str,
    ) -> impl Iterator<Item = &'a Arc<Resource>> {
        self.resources.iter().filter(move |r| r.group == group && r.version == version)
    }
}

/// Orders versions as discovery does: general availability over beta over alpha, then by number.
fn version_rank(version: &str) -> (u8, u64, u64) {
    let digits = |text: &str| text.parse::<u64>().ok();
    let rest = version.strip_prefix('v').unwrap_or_default();
    let (level, name) = match rest {
        r if r.contains("alpha") => (1, "alpha"),
        r if r.contains("beta") => (2, "beta"),
        _ => (3, ""),
    };
    if level == 3 {
        return digits(rest).map_or((0, 0, 0), |major| (3, major, 0));
    }
    match rest.split_once(name) {
        Some((major, minor)) => match (digits(major), digits(minor)) {
            (Some(major), Some(minor)) => (level, major, minor),
            _ => (0, 0, 0),
        },
        None => (0, 0, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_rank_as_in_discovery() {
        let mut versions = vec!["v1alpha1", "foo", "v2", "v1beta2", "v1", "v1beta10"];
        versions.sort_by_key(|v| std::cmp::Reverse(version_rank(v)));
        assert_eq!(versions, ["v2", "v1", "v1beta10", "v1beta2", "v1alpha1", "foo"]);
    }

    #[test]
    fn built_in_rows_are_unique() {
        let catalog = Catalog::builtin(&Schema::builtin());
        for resource in &catalog.resources {
            let same = catalog
                .resources
                .iter()
                .filter(|r| r.group == resource.group && r.version == resource.version)
                .filter(|r| r.plural == resource.plural);
            assert_eq!(same.count(), 1, "{}/{}", resource.group, resource.plural);
        }
        assert_eq!(catalog.groups()[0].name, "");
        assert!(catalog.of_kind("apps/v1", "Deployment").is_some());
    }
}
