//! One action of a plan: what is done to one object, why, and what it changes.

use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;

use super::diff::Diff;
use super::object::ObjectId;
use super::reason::Reason;

/// What is done to one object.
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    /// Which object.
    pub object: ObjectId,
    /// The component it belongs to; empty when not known.
    pub component: String,
    /// What is done, for a person.
    pub verb: Verb,
    /// Why.
    pub reason: Reason,
    /// What is sent; nothing for keep and refuse.
    pub request: Option<Request>,
    /// The object as it was when the plan was made; absent when it did not exist.
    pub seen: Option<Seen>,
    /// What the request changes.
    pub diff: Diff,
    /// How the object is recorded before the request is sent; absent when it is not.
    pub record: Option<Record>,
}

/// What is done to an object, for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verb {
    /// It does not exist and is made.
    Create,
    /// It exists and is changed.
    Patch,
    /// It exists, belonged to no application, and becomes ours.
    Adopt,
    /// It is deleted.
    Delete,
    /// It is left as it is.
    Keep,
    /// It must not be touched, which stops the plan.
    Refuse,
}

impl Verb {
    /// All verbs in the order of a summary.
    pub const ALL: [Self; 6] =
        [Self::Create, Self::Patch, Self::Adopt, Self::Delete, Self::Keep, Self::Refuse];

    /// The word that is shown.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Patch => "patch",
            Self::Adopt => "adopt",
            Self::Delete => "delete",
            Self::Keep => "keep",
            Self::Refuse => "refuse",
        }
    }
}

/// What is sent to the API server.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// Make the object.
    Create(Value),
    /// Change it by a strategic merge patch, where the kind has merge keys.
    StrategicPatch(Value),
    /// Change it by a JSON merge patch.
    MergePatch(Value),
    /// Replace it; carries the resource version it was read at.
    Replace(Value),
    /// Delete it and make it again, because a field cannot be changed.
    Recreate(Value),
    /// Delete it.
    Delete {
        /// Deletion propagation; the server's default when absent.
        propagation: Option<Propagation>,
    },
}

/// How a deletion treats what the object owns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Propagation {
    /// Leave it.
    Orphan,
    /// Delete it afterwards.
    Background,
}

/// The version of an object that a plan is based on. A plan is stale when it is no longer the live one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// `metadata.uid`.
    pub uid: String,
    /// `metadata.resourceVersion`.
    pub resource_version: String,
    /// A hash of the object but for what controllers write into it all the time, where it was taken.
    pub substance: Option<u64>,
}

impl Seen {
    /// What was seen of a live object.
    #[must_use]
    pub fn of(live: &Value) -> Self {
        let text = |key: &str| live["metadata"][key].as_str().unwrap_or_default().to_owned();
        let (uid, resource_version) = (text("uid"), text("resourceVersion"));
        Self { uid, resource_version, substance: None }
    }

    /// What was seen of a live object for whoever acts on it later, when its status has moved.
    #[must_use]
    pub fn whole(live: &Value) -> Self {
        Self { substance: Some(substance(live)), ..Self::of(live) }
    }

    /// Whether a live object is the one that was seen; one that was seen whole, its status aside.
    #[must_use]
    pub fn is_still(&self, live: &Value) -> bool {
        let now = Self::of(live);
        let untouched = || self.substance.is_some_and(|seen| seen == substance(live));
        self.uid == now.uid && (self.resource_version == now.resource_version || untouched())
    }
}

fn substance(live: &Value) -> u64 {
    let mut object = live.clone();
    if let Some(map) = object.as_object_mut() {
        map.shift_remove("status");
    }
    if let Some(metadata) = object["metadata"].as_object_mut() {
        metadata.shift_remove("resourceVersion");
        metadata.shift_remove("managedFields");
    }
    let mut hasher = DefaultHasher::new();
    object.to_string().hash(&mut hasher);
    hasher.finish()
}

/// How an object is recorded in a resource tracker.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Which tracker.
    pub slot: TrackerSlot,
    /// The manifest as recorded.
    pub manifest: Value,
    /// Leave the object when the tracker goes.
    pub skip_gc: bool,
    /// Record the reference without the manifest.
    pub reference_only: bool,
}

/// The tracker that records an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TrackerSlot {
    /// Kept until the application goes.
    Root,
    /// Kept while this generation is in use.
    Current,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_status_that_moves_is_no_other_object() {
        let live = |uid: &str, version: &str, replicas: i64, ready: i64| {
            json!({"metadata": {"uid": uid, "resourceVersion": version},
                "spec": {"replicas": replicas}, "status": {"ready": ready}})
        };
        let seen = Seen::whole(&live("u", "1", 2, 0));
        assert!(seen.is_still(&live("u", "1", 2, 0)));
        assert!(seen.is_still(&live("u", "2", 2, 1)), "only the status moved");
        assert!(!seen.is_still(&live("u", "2", 3, 0)), "somebody scaled it");
        assert!(!seen.is_still(&live("v", "2", 2, 0)), "it was made anew");
    }
}
