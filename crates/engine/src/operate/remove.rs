//! Delete an application, with its objects or without.
//!
//! Source: the finalizers of `pkg/controller/core.oam.dev/v1beta1/application` of kubevela.

use mizzen_oam::Application;
use mizzen_oam::annotations::FINALIZER_ORPHAN;
use serde_json::json;

use super::error::OperateError;
use super::facts::{add, refused, same_wishes};
use super::intent::{Intent, Stage, Verb, Write};
use super::subject::Subject;

/// What becomes of the objects of a deleted application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Objects {
    /// They are deleted.
    Delete,
    /// They stay and belong to nobody.
    Orphan,
}

/// The intent to delete an application.
///
/// # Errors
/// [`OperateError::Refused`] when it is being deleted already.
pub fn remove(app: &Application, objects: Objects) -> Result<Intent, OperateError> {
    if app.metadata.is_terminating() {
        let left = app.metadata.finalizers.join(", ");
        let why = format!("it is being deleted already, and waits for {left}");
        return Err(refused(Verb::Delete, app, why));
    }
    let count = app.status.applied_resources.len();
    let mut intent = Intent::new(Verb::Delete, app, "");
    if objects == Objects::Orphan {
        intent = intent.say(format!("its {count} objects stay, without owner"));
        if !app.metadata.has_finalizer(FINALIZER_ORPHAN) {
            let mut finalizers = app.metadata.finalizers.clone();
            finalizers.push(FINALIZER_ORPHAN.to_owned());
            let mut operations = same_wishes(app);
            operations.push(add("/metadata/finalizers", json!(finalizers)));
            intent = intent.patch("mark as orphaning", None, operations);
        }
    } else {
        intent = intent.say(format!("its {count} objects are deleted"));
    }
    let write = Write::Delete { uid: app.metadata.uid.clone() };
    let object = app.id();
    Ok(intent.stage(Stage { name: "delete", object, write, restores: false }))
}
