//! Roll back: the wishes become those of an earlier revision.
//!
//! An application that publishes versions goes back without running its workflow: the stored status
//! and tracker of the target become the present ones, and state-keeping and garbage collection do the
//! rest. One that does not gets the old spec, and its workflow runs.
//! Source: `Rollback` in `pkg/workflow/operation/operation.go` of kubevela. Where upstream, without a
//! published version, re-applies the latest revision and so changes nothing, this goes to the last
//! one that succeeded before it.

use mizzen_oam::annotations::{CONTROLLER_REQUIREMENT, PUBLISH_VERSION};
use mizzen_oam::status::{ClusterObjectReference, Revision};
use mizzen_oam::{Application, ApplicationRevision, ResourceTracker, labels};
use serde_json::json;

use super::error::OperateError;
use super::facts::{add, annotation, path, refused, replace, same_wishes, test};
use super::intent::{Intent, Stage, Verb, Write, id};
use super::publish::{FROZEN, annotate, thaw};

/// What the hub stores of an application's past.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    /// Its revisions, in any order.
    pub revisions: Vec<ApplicationRevision>,
    /// Its resource trackers, in any order.
    pub trackers: Vec<ResourceTracker>,
}

impl History {
    /// A revision by name.
    #[must_use]
    pub fn revision(&self, name: &str) -> Option<&ApplicationRevision> {
        self.revisions.iter().find(|revision| revision.metadata.name == name)
    }

    /// The tracker of a revision.
    #[must_use]
    pub fn tracker(&self, revision: &str) -> Option<&ResourceTracker> {
        let of = |t: &&ResourceTracker| {
            t.metadata.label(labels::APP_REVISION) == revision
                && t.spec.tracker_type == mizzen_oam::tracker::tracker_type::VERSIONED
        };
        self.trackers.iter().find(of)
    }

    /// The revisions, newest first.
    #[must_use]
    pub fn newest_first(&self) -> Vec<&ApplicationRevision> {
        let mut sorted: Vec<&ApplicationRevision> = self.revisions.iter().collect();
        sorted.sort_by_key(|revision| std::cmp::Reverse(number(&revision.metadata.name)));
        sorted
    }
}

/// Where a rollback goes.
#[derive(Clone, Debug, PartialEq)]
pub struct Target<'a> {
    /// The revision.
    pub revision: &'a ApplicationRevision,
    /// The revisions newer than it, which a rollback of a published version deletes.
    pub outdated: Vec<&'a ApplicationRevision>,
}

/// The number in the name of a revision; 0 when there is none.
pub(super) fn number(name: &str) -> i64 {
    name.rsplit_once("-v").and_then(|(_, number)| number.parse().ok()).unwrap_or(0)
}

/// Chooses where a rollback goes: the named revision, or the last one before the present that
/// succeeded.
///
/// # Errors
/// [`OperateError::Refused`] when there is none.
pub fn target<'a>(
    app: &Application,
    history: &'a History,
    wanted: Option<&str>,
) -> Result<Target<'a>, OperateError> {
    let pinned = !app.metadata.annotation(PUBLISH_VERSION).is_empty();
    let latest = app.status.latest_revision.as_ref().map_or("", |latest| latest.name.as_str());
    let published =
        |r: &ApplicationRevision| !pinned || !r.metadata.annotation(PUBLISH_VERSION).is_empty();
    let fits = |r: &ApplicationRevision| match wanted {
        Some(name) => r.metadata.name == name || number(&r.metadata.name).to_string() == name,
        None => r.status.succeeded && published(r) && r.metadata.name != latest,
    };
    let sorted = history.newest_first();
    let Some(at) = sorted.iter().position(|revision| fits(revision)) else {
        let why = match wanted {
            Some(name) => format!("it has no revision {name}"),
            None => "no earlier revision has succeeded".to_owned(),
        };
        return Err(refused(Verb::Rollback, app, why));
    };
    if sorted[at].metadata.name == latest && same_spec(app, sorted[at]) {
        let why = format!("{latest} is the present revision: nothing would change");
        return Err(refused(Verb::Rollback, app, why));
    }
    if pinned && !published(sorted[at]) {
        let why = format!(
            "revision {} was not published; publish it again under a new version instead",
            sorted[at].metadata.name
        );
        return Err(refused(Verb::Rollback, app, why));
    }
    Ok(Target { revision: sorted[at], outdated: sorted[..at].to_vec() })
}

fn same_spec(app: &Application, revision: &ApplicationRevision) -> bool {
    revision.spec.application.spec == app.spec
}

/// The intent to go back.
///
/// # Errors
/// [`OperateError::Refused`] when a run is under way, there is no revision to go to, or what it
/// applied is no longer known.
pub fn rollback(
    app: &Application,
    history: &History,
    wanted: Option<&str>,
) -> Result<Intent, OperateError> {
    if let Some(run) = &app.status.workflow
        && !(run.terminated || run.suspend || run.finished)
    {
        let why = "its workflow runs; hold or terminate it first";
        return Err(refused(Verb::Rollback, app, why));
    }
    let target = target(app, history, wanted)?;
    if app.metadata.annotation(PUBLISH_VERSION).is_empty() {
        return respec(app, target.revision);
    }
    restore(app, history, &target)
}

/// Without published versions: the old spec becomes the present one.
fn respec(app: &Application, revision: &ApplicationRevision) -> Result<Intent, OperateError> {
    let mut operations = same_wishes(app);
    operations.push(replace("/spec", json!(application_of(revision)?.spec)));
    let name = revision.metadata.name.as_str();
    Ok(Intent::new(Verb::Rollback, app, name)
        .say(format!("its spec becomes that of {name}"))
        .say("the workflow runs; a revision that holds this spec already is the present one again")
        .patch("set the spec", None, operations))
}

/// With published versions: everything that the hub stores of the target becomes the present.
fn restore(
    app: &Application,
    history: &History,
    target: &Target<'_>,
) -> Result<Intent, OperateError> {
    let name = target.revision.metadata.name.as_str();
    let Some(tracker) = history.tracker(name) else {
        let why = format!("what {name} applied is no longer known: it has no resource tracker");
        return Err(refused(Verb::Rollback, app, why));
    };
    if tracker.metadata.is_terminating() {
        let why = format!("the objects of {name} are being collected; choose another revision");
        return Err(refused(Verb::Rollback, app, why));
    }
    let version = target.revision.metadata.annotation(PUBLISH_VERSION);
    let mut frozen = same_wishes(app);
    frozen.extend(annotate(app, CONTROLLER_REQUIREMENT, FROZEN));
    frozen.push(add(&annotation(PUBLISH_VERSION), version));
    frozen.push(replace("/spec", json!(application_of(target.revision)?.spec)));
    let mut intent = Intent::new(Verb::Rollback, app, name)
        .say(format!("its spec and status become those of {name}, version {version}"))
        .say("its workflow does not run; the controller restores the objects")
        .patch("freeze and set the spec", None, frozen)
        .patch("restore the status", Some("status"), restored(app, target.revision, tracker));
    intent = intent.stage(Stage {
        name: "adopt the tracker",
        object: id("ResourceTracker", "", &tracker.metadata.name),
        write: Write::AdoptGeneration,
        restores: false,
    });
    intent = intent.stage(thaw(app));
    for outdated in &target.outdated {
        let name = outdated.metadata.name.as_str();
        intent = intent.say(format!("revision {name} is deleted")).stage(Stage {
            name: "delete newer revisions",
            object: id("ApplicationRevision", &app.metadata.namespace, name),
            write: Write::Delete { uid: outdated.metadata.uid.clone() },
            restores: false,
        });
    }
    Ok(intent)
}

fn restored(
    app: &Application,
    revision: &ApplicationRevision,
    tracker: &ResourceTracker,
) -> Vec<serde_json::Value> {
    let latest = Revision {
        name: revision.metadata.name.clone(),
        revision: number(&revision.metadata.name),
        revision_hash: revision.metadata.label(labels::APP_REVISION_HASH).to_owned(),
    };
    let applied: Vec<&ClusterObjectReference> =
        tracker.spec.managed_resources.iter().map(|resource| &resource.reference).collect();
    // A list that may not be there yet can be removed once it is.
    let none = json!([]);
    vec![
        test("/metadata/uid", app.metadata.uid.as_str()),
        add("/status/workflow", json!(revision.status.workflow)),
        add("/status/services", none),
        json!({"op": "remove", "path": "/status/services"}),
        add("/status/appliedResources", json!(applied)),
        add("/status/latestRevision", json!(latest)),
    ]
}

/// The application inside a revision.
pub(super) fn application_of(revision: &ApplicationRevision) -> Result<&Application, OperateError> {
    let packed = revision.spec.compression.compression_type.as_str();
    if !packed.is_empty() && revision.spec.application.spec.components.is_empty() {
        return Err(OperateError::Unreadable {
            object: format!("ApplicationRevision {}", path(&revision.spec.application)),
            why: format!("it is packed with {packed}; unpack it before it is handed over"),
        });
    }
    Ok(&revision.spec.application)
}
