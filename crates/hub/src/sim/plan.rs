//! What a controller wants done: writes, events, and when it wants to look again.
//!
//! Controllers are pure functions from a [`Ctx`] to a [`Plan`]; only the driver carries plans out.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use crate::clock::format_seconds;
use crate::sim::Options;
use crate::sim::world::{Id, Kind, World};

/// On whose behalf a write is made; its field manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Actor {
    Manager,
    Scheduler,
    Kubelet,
    Cloud,
}

impl Actor {
    pub(crate) const ALL: [Self; 4] = [Self::Manager, Self::Scheduler, Self::Kubelet, Self::Cloud];

    /// The field manager of its writes.
    pub(crate) fn agent(self) -> &'static str {
        match self {
            Self::Manager => "kube-controller-manager",
            Self::Scheduler => "kube-scheduler",
            Self::Kubelet => "kubelet",
            Self::Cloud => "cloud-controller-manager",
        }
    }
}

/// An event about an object.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Note {
    /// Kind, namespace, name, uid, apiVersion, resourceVersion and perhaps a field path.
    pub(crate) about: Value,
    pub(crate) warning: bool,
    pub(crate) reason: &'static str,
    pub(crate) message: String,
    /// Such as `deployment-controller`.
    pub(crate) component: &'static str,
    /// The node of a kubelet's event.
    pub(crate) host: String,
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Action {
    /// Creates an object. `told` is recorded with the name that it got, or with what went wrong.
    Create { kind: Kind, object: Value, by: Actor, told: Option<Note> },
    /// Replaces an object, its resourceVersion being the condition.
    Replace { kind: Kind, object: Value, by: Actor },
    /// Replaces an object's status, its resourceVersion being the condition.
    Status { kind: Kind, object: Value, by: Actor },
    /// Binds a pod to a node.
    Bind { id: Id, node: String },
    /// Deletes an object with these options.
    Delete { id: Id, options: Value, by: Actor },
    /// Records an event.
    Tell(Note),
}

/// What a controller sees.
pub(crate) struct Ctx<'a> {
    pub(crate) world: &'a World,
    pub(crate) now: Timestamp,
    pub(crate) options: &'a Options,
}

impl Ctx<'_> {
    /// The present moment as objects carry it.
    pub(crate) fn time(&self) -> String {
        format_seconds(self.now)
    }

    /// The present moment and a delay.
    pub(crate) fn after(&self, delay: Duration) -> Timestamp {
        self.now.checked_add(delay).unwrap_or(Timestamp::MAX)
    }
}

/// What a controller wants.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) actions: Vec<Action>,
    pub(crate) wake: Option<Timestamp>,
}

impl Plan {
    /// Looks again at the latest at this moment.
    pub(crate) fn wake_at(&mut self, at: Timestamp) {
        self.wake = Some(self.wake.map_or(at, |old| old.min(at)));
    }

    pub(crate) fn create(&mut self, kind: Kind, object: Value, by: Actor, told: Option<Note>) {
        self.actions.push(Action::Create { kind, object, by, told });
    }

    pub(crate) fn replace(&mut self, kind: Kind, object: Value, by: Actor) {
        self.actions.push(Action::Replace { kind, object, by });
    }

    /// Replaces the status of an object, unless it is there already.
    pub(crate) fn status(&mut self, kind: Kind, old: &Value, status: Value, by: Actor) {
        if old["status"] != status {
            let mut object = old.clone();
            object["status"] = status;
            self.actions.push(Action::Status { kind, object, by });
        }
    }

    pub(crate) fn delete(&mut self, kind: Kind, object: &Value, options: Value, by: Actor) {
        self.actions.push(Action::Delete { id: Id::of(kind, object), options, by });
    }

    pub(crate) fn tell(&mut self, note: Note) {
        self.actions.push(Action::Tell(note));
    }
}

/// An event of a controller about an object.
pub(crate) fn note(
    component: &'static str,
    kind: Kind,
    object: &Value,
    reason: &'static str,
    message: impl Into<String>,
) -> Note {
    let meta = &object["metadata"];
    let mut about = serde_json::json!({
        "kind": kind.name(),
        "namespace": meta["namespace"],
        "name": meta["name"],
        "uid": meta["uid"],
        "apiVersion": kind.api_version(),
        "resourceVersion": meta["resourceVersion"],
    });
    if meta["namespace"].is_null()
        && let Some(map) = about.as_object_mut()
    {
        map.shift_remove("namespace");
    }
    let (warning, host) = (false, String::new());
    Note { about, warning, reason, message: message.into(), component, host }
}

/// The same as a warning.
pub(crate) fn warning(
    component: &'static str,
    kind: Kind,
    object: &Value,
    reason: &'static str,
    message: impl Into<String>,
) -> Note {
    Note { warning: true, ..note(component, kind, object, reason, message) }
}
