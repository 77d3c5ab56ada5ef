//! Who asked, and why: an annotation on the revision that it was about, and an Event.
//!
//! The annotation is not on the Application, because annotations there are copied to every object that
//! the application delivers. The Event is on the object itself, where people look. Neither may fail an
//! operation that was carried out.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::intent::Intent;
use super::subject::Subject;

/// The annotation of an ApplicationRevision that lists what people did with it, as JSON.
pub const OPERATIONS: &str = "mizzen.dev/operations";
/// How many operations are kept; older ones go.
const KEPT: usize = 20;

/// Who asks, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Actor {
    /// The person, as far as known.
    pub name: String,
    /// The reason that the person gave; may be empty.
    pub why: String,
}

/// One recorded operation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Operation {
    /// What was asked.
    pub verb: String,
    /// Which step or revision; empty for the whole run.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub subject: String,
    /// Who asked.
    pub by: String,
    /// Why.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// When, RFC 3339 in UTC.
    pub at: String,
}

/// The operations that an annotation lists, oldest first; none when it cannot be read.
#[must_use]
pub fn operations(annotation: &str) -> Vec<Operation> {
    serde_json::from_str(annotation).unwrap_or_default()
}

/// The annotation with one operation more.
pub(super) fn added(annotation: &str, operation: Operation) -> String {
    let mut known = operations(annotation);
    known.push(operation);
    let from = known.len().saturating_sub(KEPT);
    json!(known[from..]).to_string()
}

/// The operation that an intent is.
pub(super) fn operation<S>(intent: &Intent<S>, actor: &Actor, now: Timestamp) -> Operation {
    Operation {
        verb: intent.verb.word().to_owned(),
        subject: intent.subject.clone(),
        by: actor.name.clone(),
        reason: actor.why.clone(),
        at: now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
    }
}

/// The Event that tells of an operation.
pub(super) fn event<S: Subject>(intent: &Intent<S>, actor: &Actor, now: Timestamp) -> Value {
    let about = intent.shown.meta();
    let time = now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let suffix = format!("{:x}", now.as_nanosecond());
    json!({
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {
            "name": format!("{}.{suffix}", about.name),
            "namespace": about.namespace,
        },
        "involvedObject": {
            "apiVersion": S::API_VERSION,
            "kind": S::KIND,
            "namespace": about.namespace,
            "name": about.name,
            "uid": about.uid,
        },
        "type": "Normal",
        "reason": intent.verb.event_reason(),
        "message": sentence(intent, actor),
        "source": {"component": "mizzen"},
        "firstTimestamp": time,
        "lastTimestamp": time,
        "count": 1,
    })
}

fn sentence<S>(intent: &Intent<S>, actor: &Actor) -> String {
    let who = if actor.name.is_empty() { "someone" } else { &actor.name };
    let why = if actor.why.is_empty() { String::new() } else { format!(": {}", actor.why) };
    let what = intent.says.join("; ");
    format!("{} by {who}{why} ({what})", intent.verb.event_reason())
}
