//! Carries an intent out: stage by stage, verified, recorded.

use http::Method;
use jiff::Timestamp;
use kube::Client;
use mizzen_oam::Application;
use serde_json::{Value, json};

use super::error::OperateError;
use super::facts::difference;
use super::intent::{Intent, Stage, Write, id};
use super::record::{Actor, OPERATIONS, added, event, operation};
use super::subject::Subject;
use super::wire::{path, read, send, subject};
use crate::apply::Writer;
use crate::fleet::Fleet;
use crate::plan::ObjectId;
use crate::workflow::context::VARS;
use crate::workflow::vars;

const JSON_PATCH: &str = "application/json-patch+json";
const MERGE_PATCH: &str = "application/merge-patch+json";

/// What came of an intent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome<S = Application> {
    /// The subject after the last write that answered with it; absent when it is gone.
    pub application: Option<S>,
    /// What was not done that nothing depends on, such as the record; empty for nothing.
    pub warnings: Vec<String>,
}

/// Writes an intent and records who asked and why.
///
/// # Errors
/// [`OperateError::Moved`] when a `test` of the first write fails, [`OperateError::Partly`] when a
/// later one fails (what freezes the application is undone all the same), [`OperateError::Api`]
/// otherwise.
pub async fn carry_out<S: Subject>(
    client: &Client,
    intent: &Intent<S>,
    actor: &Actor,
    now: Timestamp,
) -> Result<Outcome<S>, OperateError> {
    let mut outcome = write(client, intent, now).await?;
    if let Err(error) = tell(client, intent, actor, now).await {
        outcome.warnings.push(format!("it was done, but not recorded: {error}"));
    }
    Ok(outcome)
}

/// Writes an intent and keeps no record of it.
///
/// # Errors
/// As [`carry_out`].
pub async fn write<S: Subject>(
    client: &Client,
    intent: &Intent<S>,
    now: Timestamp,
) -> Result<Outcome<S>, OperateError> {
    let mut outcome = Outcome { application: Some(intent.shown.clone()), warnings: Vec::new() };
    let mut done: Vec<&'static str> = Vec::new();
    let writer = Writer::new(Fleet::new(client.clone()));
    let hands = Hands { client, writer: &writer, now };
    for (at, stage) in intent.stages.iter().enumerate() {
        match one(&hands, stage, &mut outcome).await {
            Ok(()) => done.push(stage.name),
            Err(error) if done.is_empty() => return Err(moved(client, intent, error).await),
            Err(error) => {
                for restore in intent.stages[at + 1..].iter().filter(|stage| stage.restores) {
                    if one(&hands, restore, &mut outcome).await.is_ok() {
                        done.push(restore.name);
                    }
                }
                return Err(partly(intent, stage, &error, &done));
            }
        }
    }
    Ok(outcome)
}

fn partly<S: Subject>(
    intent: &Intent<S>,
    stage: &Stage,
    error: &OperateError,
    done: &[&str],
) -> OperateError {
    OperateError::Partly {
        verb: intent.verb.word(),
        application: intent.application(),
        stage: stage.name,
        why: error.to_string(),
        done: done.join(", "),
    }
}

/// What a stage is written with.
struct Hands<'a> {
    client: &'a Client,
    writer: &'a Writer,
    now: Timestamp,
}

async fn one<S: Subject>(
    hands: &Hands<'_>,
    stage: &Stage,
    outcome: &mut Outcome<S>,
) -> Result<(), OperateError> {
    let object = &stage.object;
    let client = hands.client;
    match &stage.write {
        Write::Json { subresource, operations } => {
            let url = path(object, *subresource);
            let body = Value::Array(operations.clone());
            let patch = Some((JSON_PATCH, &body));
            let answer = send(client, "patch", object, Method::PATCH, &url, patch).await?;
            verify(object, operations, &answer)?;
            if object.kind == S::KIND {
                outcome.application = Some(read(object, answer)?);
            }
        }
        Write::Create(value) => {
            let url = path(&ObjectId { name: String::new(), ..object.clone() }, None);
            let body = Some(("application/json", value));
            send(client, "create", object, Method::POST, &url, body).await?;
        }
        Write::Delete { uid } => {
            let options = json!({
                "apiVersion": "v1",
                "kind": "DeleteOptions",
                "preconditions": {"uid": uid},
            });
            let body = Some(("application/json", &options));
            let url = path(object, None);
            match send(client, "delete", object, Method::DELETE, &url, body).await {
                // What goes along with the subject may be gone already.
                Err(gone) if gone.code() == Some(404) && object.kind != S::KIND => {}
                answer => drop(answer?),
            }
            if object.kind == S::KIND {
                outcome.application = None;
            }
        }
        Write::AdoptGeneration => adopt(client, object, outcome).await?,
        Write::ForgetVariables(names) => forget(client, object, names).await?,
        Write::Action(action) => {
            let done = hands.writer.carry_out(action, hands.now, false, true).await;
            done.map_err(|error| OperateError::of(stage.name, object, &error))?;
        }
    }
    Ok(())
}

/// A tracker takes the generation that the application has now.
async fn adopt<S: Subject>(
    client: &Client,
    tracker: &ObjectId,
    outcome: &Outcome<S>,
) -> Result<(), OperateError> {
    let generation = outcome.application.as_ref().map_or(0, |app| app.meta().generation);
    let patch = json!({"spec": {"applicationGeneration": generation}});
    let body = Some((MERGE_PATCH, &patch));
    send(client, "patch", tracker, Method::PATCH, &path(tracker, None), body).await.map(drop)
}

/// Takes variables out of a context that nobody else writes meanwhile.
async fn forget(client: &Client, context: &ObjectId, names: &[String]) -> Result<(), OperateError> {
    let url = path(context, None);
    let live = match send(client, "read", context, Method::GET, &url, None).await {
        Ok(live) => live,
        // Without the ConfigMap there are no variables left.
        Err(gone) if gone.code() == Some(404) => return Ok(()),
        Err(error) => return Err(error),
    };
    let text = live["data"][VARS].as_str().unwrap_or_default();
    let mut known = vars::parse(text).map_err(|why| OperateError::Unreadable {
        object: format!("ConfigMap {}", context.path()),
        why,
    })?;
    for name in names {
        known.shift_remove(name.split('.').next().unwrap_or(name));
    }
    let patch = json!({
        "metadata": {"resourceVersion": live["metadata"]["resourceVersion"]},
        "data": {VARS: vars::text(&known)},
    });
    let body = Some((MERGE_PATCH, &patch));
    send(client, "patch", context, Method::PATCH, &url, body).await.map(drop)
}

/// Every value that was to be written is in the answer.
fn verify(object: &ObjectId, operations: &[Value], answer: &Value) -> Result<(), OperateError> {
    for operation in operations {
        let pointer = operation["path"].as_str().unwrap_or_default();
        let found = answer.pointer(pointer);
        let kept = match operation["op"].as_str() {
            Some("replace" | "add") => holds(found, &operation["value"]),
            Some("remove") => found.is_none_or(Value::is_null),
            _ => true,
        };
        if !kept {
            return Err(OperateError::Api {
                doing: "verify",
                object: format!("{} {}", object.kind, object.path()),
                code: 0,
                why: format!("the server did not keep {pointer}"),
            });
        }
    }
    Ok(())
}

/// Scalars are compared; of structures only that they are there, since a server may fill in defaults.
fn holds(found: Option<&Value>, wanted: &Value) -> bool {
    match (found, wanted) {
        (_, Value::Null) => true,
        (_, Value::Array(list)) if list.is_empty() => true,
        (Some(found), Value::Object(_) | Value::Array(_)) => {
            std::mem::discriminant(found) == std::mem::discriminant(wanted)
        }
        (found, wanted) => found == Some(wanted),
    }
}

/// A refused first write: if the subject is not what was shown, that is the answer.
async fn moved<S: Subject>(
    client: &Client,
    intent: &Intent<S>,
    error: OperateError,
) -> OperateError {
    if !matches!(error.code(), Some(404 | 409 | 422)) {
        return error;
    }
    let shown = &intent.shown;
    let meta = shown.meta();
    let facts = match subject::<S>(client, &meta.namespace, &meta.name).await {
        Ok(now) => difference(shown, &now),
        Err(gone) if gone.code() == Some(404) => "it is gone".to_owned(),
        Err(_) => return error,
    };
    OperateError::Moved { verb: intent.verb.word(), application: intent.application(), facts }
}

/// Records the operation on the revision and tells of it in an Event.
async fn tell<S: Subject>(
    client: &Client,
    intent: &Intent<S>,
    actor: &Actor,
    now: Timestamp,
) -> Result<(), OperateError> {
    let app = &intent.shown;
    let event = event(intent, actor, now);
    let object = ObjectId {
        api_version: "v1".to_owned(),
        kind: "Event".to_owned(),
        name: String::new(),
        ..app.id()
    };
    let body = Some(("application/json", &event));
    send(client, "create", &object, Method::POST, &path(&object, None), body).await?;
    if app.revision().is_empty() {
        return Ok(());
    }
    let revision = id("ApplicationRevision", &app.meta().namespace, app.revision());
    annotate(client, &revision, intent, actor, now).await
}

/// Adds to the annotation; a write that someone else made in between is tried again.
async fn annotate<S>(
    client: &Client,
    revision: &ObjectId,
    intent: &Intent<S>,
    actor: &Actor,
    now: Timestamp,
) -> Result<(), OperateError> {
    let url = path(revision, None);
    let mut tries = 0;
    loop {
        let live = match send(client, "read", revision, Method::GET, &url, None).await {
            Ok(live) => live,
            // A rollback may have deleted the revision that it left.
            Err(gone) if gone.code() == Some(404) => return Ok(()),
            Err(error) => return Err(error),
        };
        let known = live["metadata"]["annotations"][OPERATIONS].as_str().unwrap_or_default();
        let next = added(known, operation(intent, actor, now));
        let patch = json!({"metadata": {
            "annotations": {OPERATIONS: next},
            "resourceVersion": live["metadata"]["resourceVersion"],
        }});
        let body = Some((MERGE_PATCH, &patch));
        match send(client, "annotate", revision, Method::PATCH, &url, body).await {
            Err(error) if error.code() == Some(409) && tries < 5 => tries += 1,
            answer => return answer.map(drop),
        }
    }
}
