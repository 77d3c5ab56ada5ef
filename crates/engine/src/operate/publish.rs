//! Publish: deliver the present wishes under a new version, or an old revision again.
//!
//! Source: `pkg/utils/app/operation.go` of kubevela (`RollbackApplicationWithRevision`), and `vela up`.

use mizzen_oam::annotations::{CONTROLLER_REQUIREMENT, PUBLISH_VERSION};
use mizzen_oam::meta::ObjectMeta;
use mizzen_oam::status::{AppStatus, Revision};
use mizzen_oam::{Application, ApplicationRevision, labels};
use serde_json::{Value, json};

use super::error::OperateError;
use super::facts::{add, annotation, refused, replace, same_wishes, test};
use super::intent::{Intent, Stage, Verb, Write, id};
use super::rollback::{History, application_of, number};
use super::subject::Subject;

/// The value of the requirement that no controller meets.
pub(super) const FROZEN: &str = "Disabled";

/// The intent to deliver the present wishes under a new version.
///
/// # Errors
/// [`OperateError::Refused`] when that version is the present one.
pub fn publish(app: &Application, version: &str) -> Result<Intent, OperateError> {
    new_version(app, version)?;
    let mut operations = same_wishes(app);
    operations.extend(annotate(app, PUBLISH_VERSION, version));
    Ok(Intent::new(Verb::Publish, app, version)
        .say(format!("its present wishes are delivered as version {version}"))
        .patch("annotate", None, operations))
}

/// The intent to deliver an old revision again, under a new version: the whole workflow runs, with the
/// definitions that the revision holds.
///
/// # Errors
/// [`OperateError::Refused`] when there is no such revision, it is the present one, or the version is.
pub fn republish(
    app: &Application,
    history: &History,
    revision: &str,
    version: &str,
) -> Result<Intent, OperateError> {
    new_version(app, version)?;
    let latest = app.status.latest_revision.clone().unwrap_or_default();
    if latest.name == revision {
        return Err(refused(Verb::Publish, app, format!("revision {revision} is the present one")));
    }
    let Some(old) = history.revision(revision) else {
        return Err(refused(Verb::Publish, app, format!("it has no revision {revision}")));
    };
    let next = history.revisions.iter().map(|r| number(&r.metadata.name)).max().unwrap_or(0) + 1;
    let copy = copied(app, old, next, version);
    let status = AppStatus {
        latest_revision: Some(Revision {
            name: copy.metadata.name.clone(),
            revision: next,
            revision_hash: old.metadata.label(labels::APP_REVISION_HASH).to_owned(),
        }),
        ..AppStatus::default()
    };
    let mut frozen = same_wishes(app);
    frozen.extend(annotate(app, CONTROLLER_REQUIREMENT, FROZEN));
    frozen.push(add(&annotation(PUBLISH_VERSION), version));
    frozen.push(replace("/spec", json!(application_of(old)?.spec)));
    let create = Stage {
        name: "copy the revision",
        object: id("ApplicationRevision", &app.metadata.namespace, &copy.metadata.name),
        write: Write::Create(json!(copy)),
        restores: false,
    };
    let reset = vec![
        test("/metadata/uid", app.metadata.uid.as_str()),
        add("/status", serde_json::to_value(status).unwrap_or_default()),
    ];
    Ok(Intent::new(Verb::Publish, app, revision)
        .say(format!("revision {revision} is delivered again as version {version}"))
        .say(format!("it is recorded as {}, and the whole workflow runs", copy.metadata.name))
        .patch("freeze and set the spec", None, frozen)
        .stage(create)
        .patch("reset the status", Some("status"), reset)
        .stage(thaw(app)))
}

fn new_version(app: &Application, version: &str) -> Result<(), OperateError> {
    if app.metadata.annotation(PUBLISH_VERSION) == version {
        return Err(refused(Verb::Publish, app, format!("its version is {version} already")));
    }
    Ok(())
}

/// A copy of a revision under the next number: cleaned, without status.
fn copied(
    app: &Application,
    old: &ApplicationRevision,
    next: i64,
    version: &str,
) -> ApplicationRevision {
    let mut copy = old.clone();
    let name = format!("{}-v{next}", app.metadata.name);
    let mut annotations = old.metadata.annotations.clone();
    annotations.insert(PUBLISH_VERSION.to_owned(), version.to_owned());
    copy.metadata = ObjectMeta {
        labels: old.metadata.labels.clone(),
        annotations,
        ..ObjectMeta::named(&app.metadata.namespace, &name)
    };
    copy.status = Default::default();
    copy
}

/// Sets an annotation, making the map where there is none.
pub(super) fn annotate(app: &Application, key: &str, value: &str) -> Vec<Value> {
    if app.metadata.annotations.is_empty() {
        return vec![add("/metadata/annotations", json!({ key: value }))];
    }
    vec![add(&annotation(key), value)]
}

/// Gives the application back to its controller.
pub(super) fn thaw(app: &Application) -> Stage {
    let before = app.metadata.annotation(CONTROLLER_REQUIREMENT);
    let key = annotation(CONTROLLER_REQUIREMENT);
    let back = match before {
        "" => json!({"op": "remove", "path": key}),
        before => add(&key, before),
    };
    let operations =
        vec![test("/metadata/uid", app.metadata.uid.as_str()), test(&key, FROZEN), back];
    Stage {
        name: "give back to the controller",
        object: app.id(),
        write: Write::Json { subresource: None, operations },
        restores: true,
    }
}
