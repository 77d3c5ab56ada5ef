//! What is wrong with one object: what was recorded of it beside what is live. Pure.

use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::{SignedDuration, Timestamp};
use mizzen_engine::operate;
use mizzen_engine::plan::{Rules, Verb};
use mizzen_engine::track::garbage::object_id;
use mizzen_oam::policy::ApplyOnce;
use mizzen_oam::tracker::ManagedResource;
use serde_json::Value;

use super::change::change;
use crate::console::model::AppKey;
use crate::console::model::drift::{DELETED, Drifted};
use crate::console::term::clean::Clean;

/// A change that names no writer may be a delivery on its way: it counts when it lasts so long.
const SETTLED: SignedDuration = SignedDuration::from_secs(2);

/// What is wrong with an object.
pub(super) struct Finding {
    pub(super) drifted: Drifted,
    /// When it was seen first.
    pub(super) first: Timestamp,
    /// When it counts.
    pub(super) due: Timestamp,
}

/// What is wrong with a recorded object of an application, if anything; `first` is when it was seen
/// first.
pub(super) fn finding(
    app: &AppKey,
    entry: &ManagedResource,
    live: Option<&Value>,
    rules: Option<&Rules>,
    first: Timestamp,
) -> Option<Finding> {
    let plain = || Rules { owner: app.to_string(), ..Rules::default() };
    let rules = rules.cloned().unwrap_or_else(plain);
    let strict = Rules { apply_once: ApplyOnce::default(), ..rules.clone() };
    let action = operate::compared(entry, live, &strict);
    let once = &rules.apply_once;
    let lenient = || operate::compared(entry, live, &rules);
    let allowed = || {
        once.whole_objects()
            || once.enable && lenient().is_some_and(|action| action.verb == Verb::Keep)
    };
    let id = object_id(entry);
    let drifted = |who: &str, what: &str, since: Option<Timestamp>| Drifted {
        cluster: Clean::new(&id.cluster),
        object: Clean::new(&format!("{} {}", id.kind, id.name)),
        who: Clean::new(who),
        what: Clean::new(what),
        since: since.or(Some(first)),
        allowed: allowed(),
    };
    if live.is_none() {
        // Nobody can put back what only the object itself knew.
        action?.request?;
        let drifted = drifted("", DELETED, None);
        return Some(Finding { drifted, first, due: first + SETTLED });
    }
    let change = change(&action?)?;
    let (what, due) = match change.who.is_empty() {
        true => (format!("took away {}", change.fields), first + SETTLED),
        false => (format!("changed {}", change.fields), first),
    };
    Some(Finding { drifted: drifted(&change.who, &what, change.since), first, due })
}

/// Of an object what a comparison depends on: all but its version and its status.
pub(super) fn fingerprint(live: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    let meta = &live["metadata"];
    for part in [&meta["uid"], &meta["generation"], &meta["labels"], &meta["annotations"]] {
        part.to_string().hash(&mut hasher);
    }
    // Kinds without a generation say nothing else when they change.
    if meta["generation"].is_null() {
        meta["resourceVersion"].to_string().hash(&mut hasher);
    }
    hasher.finish().max(1)
}
