//! Events on what runs a workflow: the same sentence again only counts up, as client-go's recorder does it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::owner::Owner;
use crate::apply::{Patch, Writer};
use crate::plan::ObjectId;

/// Sentences remembered at most.
const MOST: usize = 4096;

/// Writes events; a failure to write one is not worth failing for.
#[derive(Default)]
pub(super) struct Recorder {
    known: Mutex<HashMap<String, (String, i64)>>,
    last: AtomicI64,
}

impl Recorder {
    /// Records a sentence about an object; its kind is the component that the event names as source.
    pub(super) async fn record(
        &self,
        writer: &Writer,
        owner: Owner<'_>,
        (kind, reason): (&str, &str),
        message: &str,
        now: Timestamp,
    ) {
        let about = owner.meta;
        let key = [about.uid.as_str(), kind, reason, message].join("\u{0}");
        let known = self.lock().get(&key).cloned();
        let time = now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let written = match &known {
            Some((name, count)) => {
                let patch = json!({"count": count + 1, "lastTimestamp": time});
                let id = id(&about.namespace, name);
                writer.patch(&id, "", Patch::Merge, &patch, false).await.map(|_| count + 1)
            }
            None => {
                let name = format!("{}.{:x}", about.name, self.moment(now));
                let event = event(owner, &name, kind, reason, message, &time);
                let id = id(&about.namespace, &name);
                let created = writer.create(&id, &event, false).await;
                created.map(|_| {
                    let mut known = self.lock();
                    if known.len() > MOST {
                        known.clear();
                    }
                    known.insert(key.clone(), (name, 1));
                    1
                })
            }
        };
        match (written, known) {
            (Ok(count), Some((name, _))) => drop(self.lock().insert(key, (name, count))),
            (Err(_), Some(_)) => drop(self.lock().remove(&key)),
            _ => {}
        }
    }

    /// The moment that tells events apart by name: later than that of the event before.
    fn moment(&self, now: Timestamp) -> i64 {
        let now = i64::try_from(now.as_nanosecond()).unwrap_or(i64::MAX);
        let later = |last: i64| Some(now.max(last.saturating_add(1)));
        let last = self.last.fetch_update(Ordering::Relaxed, Ordering::Relaxed, later);
        last.map_or(now, |last| now.max(last.saturating_add(1)))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, (String, i64)>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn id(namespace: &str, name: &str) -> ObjectId {
    ObjectId::on_hub("v1", "Event", namespace, name)
}

fn event(
    owner: Owner<'_>,
    name: &str,
    kind: &str,
    reason: &str,
    message: &str,
    time: &str,
) -> Value {
    let about = owner.meta;
    json!({
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": name, "namespace": about.namespace},
        "involvedObject": {
            "apiVersion": owner.api_version,
            "kind": owner.kind,
            "name": about.name,
            "namespace": about.namespace,
            "uid": about.uid,
            "resourceVersion": about.resource_version,
        },
        "type": kind,
        "reason": reason,
        "message": message,
        "source": {"component": owner.kind},
        "reportingComponent": owner.kind,
        "firstTimestamp": time,
        "lastTimestamp": time,
        "count": 1,
    })
}
