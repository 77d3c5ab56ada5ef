//! Events of the simulated components: one object for each story, counted when it repeats.
//!
//! Events older than an hour are deleted, as the API server's storage does.

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::clock::format_seconds;
use crate::json::text;
use crate::local::LocalApi;
use crate::sim::plan::Note;

/// How long an event is kept, in seconds.
const KEPT: i64 = 3600;

struct Told {
    path: String,
    count: i64,
    last: Timestamp,
}

/// Writes events.
#[derive(Default)]
pub(crate) struct Recorder {
    told: HashMap<String, Told>,
    sequence: u32,
}

impl Recorder {
    /// Records an event, or counts the one that already says so.
    pub(crate) async fn tell(&mut self, api: &LocalApi, note: &Note, now: Timestamp) {
        let key = format!(
            "{}{}{}{}",
            note.about["uid"], note.about["fieldPath"], note.reason, note.message
        );
        if let Some(told) = self.told.get_mut(&key) {
            told.count += 1;
            told.last = now;
            let patch = json!({"count": told.count, "lastTimestamp": format_seconds(now)});
            if api.merge(&told.path, &patch).await.is_ok() {
                return;
            }
        }
        self.sequence = self.sequence.wrapping_add(1);
        let event = event(note, now, self.sequence);
        let namespace = text(&event, &["metadata", "namespace"]);
        let collection = format!("/api/v1/namespaces/{namespace}/events");
        let path = format!("{collection}/{}", text(&event, &["metadata", "name"]));
        if api.create(&collection, &event).await.is_ok() {
            self.told.insert(key, Told { path, count: 1, last: now });
        }
    }

    /// When the oldest event is due to go.
    pub(crate) fn next_expiry(&self) -> Option<Timestamp> {
        let oldest = self.told.values().map(|told| told.last).min()?;
        oldest.checked_add(jiff::SignedDuration::from_secs(KEPT)).ok()
    }

    /// Deletes the events whose time is over.
    pub(crate) async fn expire(&mut self, api: &LocalApi, now: Timestamp) {
        let old = |told: &Told| now.as_second() - told.last.as_second() >= KEPT;
        let mut paths: Vec<String> =
            self.told.values().filter(|t| old(t)).map(|t| t.path.clone()).collect();
        paths.sort();
        self.told.retain(|_, told| !old(told));
        for path in paths {
            // An event that is gone already is what we want.
            let _ = api.delete(&path, &Value::Null).await;
        }
    }
}

fn event(note: &Note, now: Timestamp, sequence: u32) -> Value {
    let namespace = match text(&note.about, &["namespace"]) {
        "" => "default",
        namespace => namespace,
    };
    let stamp = u64::try_from(now.as_nanosecond()).unwrap_or_default() + u64::from(sequence);
    let mut source = json!({"component": note.component});
    if !note.host.is_empty() {
        source["host"] = json!(note.host);
    }
    let time = format_seconds(now);
    json!({
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {
            "name": format!("{}.{stamp:x}", text(&note.about, &["name"])),
            "namespace": namespace,
        },
        "involvedObject": note.about,
        "reason": note.reason,
        "message": note.message,
        "source": source,
        "firstTimestamp": time,
        "lastTimestamp": time,
        "count": 1,
        "type": if note.warning { "Warning" } else { "Normal" },
        "eventTime": null,
        "reportingComponent": note.component,
        "reportingInstance": note.host,
    })
}
