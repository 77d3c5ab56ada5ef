//! Application revisions: what is frozen, whether it is new, and how it is stored.
//!
//! Source: `revision.go` of the application controller, and `pkg/controller/utils/utils.go`.

use std::collections::BTreeMap;

use mizzen_oam::meta::OwnerReference;
use mizzen_oam::revision::ApplicationRevisionSpec;
use mizzen_oam::status::Revision;
use mizzen_oam::{Application, ApplicationRevision, V1BETA1, annotations, hash, labels};
use serde_json::Value;

use crate::apply::Writer;
use crate::error::Error;
use crate::fleet::{Fleet, Query};
use crate::plan::ObjectId;
use crate::render::number::normalised;

/// A revision that an application is to run.
#[derive(Clone, Debug)]
pub struct Chosen {
    /// The revision as it is to be stored.
    pub revision: ApplicationRevision,
    /// What the application's status says of it.
    pub status: Revision,
    /// Whether the application did not run it before.
    pub is_new: bool,
}

/// The frozen application: no status, properties with their numbers as a template reads them.
#[must_use]
pub fn frozen(app: &Application) -> Application {
    let mut frozen = Application { status: Default::default(), ..app.clone() };
    let meta = &mut frozen.metadata;
    meta.uid.clear();
    meta.resource_version.clear();
    meta.generation = 0;
    meta.managed_fields.clear();
    meta.creation_timestamp = Default::default();
    meta.annotations.remove(annotations::KUBECTL_LAST_APPLIED);
    for component in &mut frozen.spec.components {
        component.properties = component.properties.as_ref().map(normalised);
    }
    frozen
}

/// Chooses the revision for a snapshot: the latest if nothing changed, an earlier one that is the
/// same, or a new one. `known` are the revisions that exist.
#[must_use]
pub fn choose(
    app: &Application,
    spec: ApplicationRevisionSpec,
    known: &[ApplicationRevision],
) -> Chosen {
    let digest = hash::revision(&spec);
    let latest = app.status.latest_revision.as_ref();
    let stored = latest.and_then(|l| known.iter().find(|r| r.metadata.name == l.name));
    if let (Some(latest), Some(stored)) = (latest, stored)
        && same_application(app, &spec, stored)
        && !updated(app, &spec, stored)
    {
        let mut revision = stored.clone();
        revision.spec.application.spec = spec.application.spec;
        revision.spec.trait_definitions = spec.trait_definitions;
        revision.spec.workflow_step_definitions = spec.workflow_step_definitions;
        carry(app, &latest.revision_hash, &mut revision);
        return Chosen { revision, status: latest.clone(), is_new: false };
    }
    if let Some(earlier) = known.iter().find(|r| {
        r.metadata.label(labels::APP_REVISION_HASH) == digest
            && same_definitions(&spec, &r.spec)
            && same_application(app, &spec, r)
    }) {
        let number = number(&earlier.metadata.name);
        let mut revision = earlier.clone();
        carry(app, &digest, &mut revision);
        let name = earlier.metadata.name.clone();
        let status = Revision { name, revision: number, revision_hash: digest };
        return Chosen { revision, status, is_new: true };
    }
    let number = latest.map_or(0, |latest| latest.revision) + 1;
    let name = format!("{}-v{number}", app.metadata.name);
    let revision = made(app, &name, &digest, spec);
    Chosen {
        revision,
        status: Revision { name, revision: number, revision_hash: digest },
        is_new: true,
    }
}

fn same_application(
    app: &Application,
    spec: &ApplicationRevisionSpec,
    stored: &ApplicationRevision,
) -> bool {
    let version = |annotations: &BTreeMap<String, String>| {
        annotations.get(annotations::PUBLISH_VERSION).cloned().unwrap_or_default()
    };
    spec.application.spec == stored.spec.application.spec
        && spec.policies == stored.spec.policies
        && spec.workflow == stored.spec.workflow
        && version(&app.metadata.annotations) == version(&stored.metadata.annotations)
}

/// Whether two revisions render with the same definitions, whatever else those carry.
fn same_definitions(a: &ApplicationRevisionSpec, b: &ApplicationRevisionSpec) -> bool {
    fn same<T>(
        a: &BTreeMap<String, T>,
        b: &BTreeMap<String, T>,
        equal: impl Fn(&T, &T) -> bool,
    ) -> bool {
        let known = |(name, one): (&String, &T)| b.get(name).is_some_and(|other| equal(one, other));
        a.len() == b.len() && a.iter().all(known)
    }
    same(&a.component_definitions, &b.component_definitions, |a, b| a.spec == b.spec)
        && same(&a.workload_definitions, &b.workload_definitions, |a, b| a.spec == b.spec)
        && same(&a.trait_definitions, &b.trait_definitions, |a, b| a.spec == b.spec)
}

/// Whether an application that follows its definitions finds them changed.
fn updated(
    app: &Application,
    spec: &ApplicationRevisionSpec,
    stored: &ApplicationRevision,
) -> bool {
    app.metadata.annotations.contains_key(annotations::AUTO_UPDATE)
        && (spec.component_definitions != stored.spec.component_definitions
            || spec.workload_definitions != stored.spec.workload_definitions
            || spec.trait_definitions != stored.spec.trait_definitions)
}

fn number(name: &str) -> i64 {
    name.rsplit_once("-v").and_then(|(_, number)| number.parse().ok()).unwrap_or(0)
}

fn made(
    app: &Application,
    name: &str,
    digest: &str,
    spec: ApplicationRevisionSpec,
) -> ApplicationRevision {
    let mut revision = ApplicationRevision { spec, ..ApplicationRevision::default() };
    let meta = &mut revision.metadata;
    name.clone_into(&mut meta.name);
    meta.namespace.clone_from(&app.metadata.namespace);
    meta.owner_references = vec![OwnerReference {
        api_version: V1BETA1.to_owned(),
        kind: "Application".to_owned(),
        name: app.metadata.name.clone(),
        uid: app.metadata.uid.clone(),
        controller: Some(true),
        ..OwnerReference::default()
    }];
    carry(app, digest, &mut revision);
    revision
}

/// A stored revision with what its application carries now.
#[must_use]
pub fn carried(app: &Application, stored: &ApplicationRevision) -> ApplicationRevision {
    let mut revision = stored.clone();
    let digest = stored.metadata.label(labels::APP_REVISION_HASH).to_owned();
    carry(app, &digest, &mut revision);
    revision
}

/// A revision carries the labels and annotations of its application, as they are now.
fn carry(app: &Application, digest: &str, revision: &mut ApplicationRevision) {
    let meta = &mut revision.metadata;
    meta.labels = app.metadata.labels.clone();
    meta.labels.insert(labels::APP_NAME.to_owned(), app.metadata.name.clone());
    meta.labels.insert(labels::APP_REVISION_HASH.to_owned(), digest.to_owned());
    meta.annotations = app.metadata.annotations.clone();
    meta.annotations.remove(annotations::KUBECTL_LAST_APPLIED);
}

/// The id of a revision.
#[must_use]
pub fn id(namespace: &str, name: &str) -> ObjectId {
    ObjectId::on_hub(V1BETA1, "ApplicationRevision", namespace, name)
}

/// The stored revisions of an application.
///
/// # Errors
/// When they cannot be read.
pub async fn list(fleet: &Fleet, app: &Application) -> Result<Vec<ApplicationRevision>, Error> {
    let selector = format!("{}={}", labels::APP_NAME, app.metadata.name);
    let query = Query::on_hub(V1BETA1, "ApplicationRevision", &app.metadata.namespace, &selector);
    let found = fleet.list(&query).await?;
    found.into_iter().map(read).collect()
}

/// Stores a revision: made if it is not there, updated if it differs. Upstream packs only what it
/// updates, and finds that every revision with traits or steps differs; so these are packed as soon as
/// they are looked at again. `packing` is `gzip`, `zstd` or empty.
///
/// # Errors
/// What the server answers, or that it does not.
pub async fn store(
    writer: &Writer,
    known: &[ApplicationRevision],
    revision: &ApplicationRevision,
    packing: &str,
) -> Result<(), Error> {
    let id = id(&revision.metadata.namespace, &revision.metadata.name);
    let stored = known.iter().find(|other| other.metadata.name == revision.metadata.name);
    let Some(stored) = stored else {
        return writer.create(&id, &value(revision)?, false).await.map(drop);
    };
    let mut wanted = revision.clone();
    wanted.spec.compression = stored.spec.compression.clone();
    let spec = &revision.spec;
    let unpacked = !packing.is_empty() && stored.spec.compression.compression_type != packing;
    let restless = !spec.trait_definitions.is_empty() || !spec.workflow_step_definitions.is_empty();
    let same = stored.spec == wanted.spec
        && stored.metadata.labels == revision.metadata.labels
        && stored.metadata.annotations == revision.metadata.annotations;
    if same && !(unpacked && restless) {
        return Ok(());
    }
    if !packing.is_empty() {
        packing.clone_into(&mut wanted.spec.compression.compression_type);
    }
    writer.replace(&id, "", &value(&wanted)?, false).await.map(drop)
}

/// Reads a stored revision.
///
/// # Errors
/// When it is none.
pub fn read(value: Value) -> Result<ApplicationRevision, Error> {
    serde_json::from_value(value).map_err(|error| Error::Unreadable {
        what: "an ApplicationRevision".to_owned(),
        why: error.to_string(),
    })
}

/// A revision as it is sent.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn value(revision: &ApplicationRevision) -> Result<Value, Error> {
    serde_json::to_value(revision).map_err(|error| Error::Unreadable {
        what: format!("ApplicationRevision {}", revision.metadata.name),
        why: error.to_string(),
    })
}
