//! What was delivered, as the trackers record it, beside what was last seen of each object: pure, told
//! by watches, asked for what drifted.
//!
//! Invariant: no live object is kept, only what is wrong with it. When a record changes, the object is
//! asked for again.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;
use mizzen_engine::plan::{ObjectId, Rules};
use mizzen_engine::track::garbage::object_id;
use mizzen_oam::tracker::ManagedResource;
use mizzen_oam::{ResourceTracker, labels};
use serde_json::Value;

use super::finding::{Finding, finding, fingerprint};
use crate::console::model::AppKey;
use crate::console::model::drift::{Drift, Drifted};

/// A kind in a cluster.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::console::effect) struct Kind {
    pub(super) cluster: String,
    pub(super) api_version: String,
    pub(super) kind: String,
}

impl Kind {
    /// The kind of an object.
    pub(super) fn of(id: &ObjectId) -> Self {
        let ObjectId { cluster, api_version, kind, .. } = id.clone();
        Self { cluster, api_version, kind }
    }

    /// An object of this kind.
    pub(super) fn object(&self, namespace: &str, name: &str) -> ObjectId {
        let Self { cluster, api_version, kind } = self.clone();
        ObjectId { cluster, api_version, kind, namespace: namespace.into(), name: name.into() }
    }
}

/// A recorded object; its manifest is kept as text, which is small.
#[derive(PartialEq)]
struct Record {
    app: AppKey,
    entry: ManagedResource,
    raw: Option<Box<str>>,
}

impl Record {
    fn new(app: &AppKey, mut entry: ManagedResource) -> Self {
        let raw = entry.raw.take().map(|raw| raw.to_string().into_boxed_str());
        Self { app: app.clone(), entry, raw }
    }

    fn whole(&self) -> ManagedResource {
        let raw = self.raw.as_ref().and_then(|raw| serde_json::from_str(raw).ok());
        ManagedResource { raw, ..self.entry.clone() }
    }

    fn kind(&self) -> Kind {
        Kind::of(&object_id(&self.entry))
    }

    fn is_of(&self, kind: &Kind) -> bool {
        let object = self.entry.object();
        (self.entry.cluster(), &object.api_version, &object.kind)
            == (&kind.cluster, &kind.api_version, &kind.kind)
    }
}

/// What one tracker records.
struct Tracker {
    app: AppKey,
    generation: i64,
    records: Vec<Arc<Record>>,
}

/// What is known of an application.
#[derive(Default)]
struct Known {
    /// How its objects are compared, where not as everybody's.
    rules: Option<Rules>,
    trackers: BTreeSet<String>,
    keys: BTreeSet<String>,
}

/// See the head of this file.
#[derive(Default)]
pub(super) struct Book {
    apps: HashMap<AppKey, Known>,
    trackers: HashMap<String, Tracker>,
    records: HashMap<String, Arc<Record>>,
    kinds: BTreeMap<Kind, usize>,
    found: HashMap<String, Finding>,
    looked_at: HashMap<String, u64>,
    changed: BTreeSet<AppKey>,
    told: HashMap<AppKey, Drift>,
    again: BTreeSet<ObjectId>,
}

impl Book {
    /// How an application's objects are compared; nothing when it is gone.
    pub(super) fn rules(&mut self, app: &AppKey, rules: Option<Rules>) {
        let plain =
            |rules: &Rules| *rules == Rules { owner: rules.owner.clone(), ..Rules::default() };
        let rules = rules.filter(|rules| !plain(rules));
        let before = self.apps.get(app).and_then(|known| known.rules.as_ref());
        if before == rules.as_ref() {
            return;
        }
        let known = self.apps.entry(app.clone()).or_default();
        known.rules = rules;
        for key in &known.keys {
            self.looked_at.remove(key);
            self.again.extend(self.records.get(key).map(|record| object_id(&record.entry)));
        }
    }

    /// A tracker as it is now.
    pub(super) fn tracker(&mut self, name: &str, tracker: ResourceTracker) {
        let label = |key| tracker.metadata.label(key).to_owned();
        let app = AppKey { namespace: label(labels::APP_NAMESPACE), name: label(labels::APP_NAME) };
        let generation = tracker.spec.application_generation;
        let entries = tracker.spec.managed_resources.into_iter();
        let records = entries.map(|entry| Arc::new(Record::new(&app, entry))).collect();
        self.apps.entry(app.clone()).or_default().trackers.insert(name.to_owned());
        self.trackers.insert(name.to_owned(), Tracker { app: app.clone(), generation, records });
        self.record(&app);
    }

    /// A tracker is gone.
    pub(super) fn no_tracker(&mut self, name: &str) {
        let Some(tracker) = self.trackers.remove(name) else { return };
        if let Some(known) = self.apps.get_mut(&tracker.app) {
            known.trackers.remove(name);
        }
        self.record(&tracker.app);
        let empty = |known: &Known| known.trackers.is_empty() && known.rules.is_none();
        if self.apps.get(&tracker.app).is_some_and(empty) {
            self.apps.remove(&tracker.app);
        }
    }

    /// Only these trackers are there.
    pub(super) fn only(&mut self, names: &HashSet<String>) {
        let gone = self.trackers.keys().filter(|name| !names.contains(*name));
        for name in gone.cloned().collect::<Vec<_>>() {
            self.no_tracker(&name);
        }
    }

    /// The records of an application: those of its youngest tracker count.
    fn record(&mut self, app: &AppKey) {
        let Some(known) = self.apps.get(app) else { return };
        let mut trackers: Vec<&Tracker> =
            known.trackers.iter().filter_map(|name| self.trackers.get(name)).collect();
        trackers.sort_by_key(|tracker| tracker.generation);
        let mut wanted: BTreeMap<String, Arc<Record>> = BTreeMap::new();
        for record in trackers.into_iter().flat_map(|tracker| &tracker.records) {
            let key = object_id(&record.entry).key();
            match record.entry.deleted {
                true => drop(wanted.remove(&key)),
                false => drop(wanted.insert(key, record.clone())),
            }
        }
        let keys: BTreeSet<String> = wanted.keys().cloned().collect();
        for key in known.keys.difference(&keys).cloned().collect::<Vec<_>>() {
            self.forget(&key, app);
        }
        for (key, record) in wanted {
            if self.records.get(&key) != Some(&record) {
                self.again.insert(object_id(&record.entry));
                self.put(key, record);
            }
        }
        self.apps.entry(app.clone()).or_default().keys = keys;
    }

    fn put(&mut self, key: String, record: Arc<Record>) {
        self.looked_at.remove(&key);
        *self.kinds.entry(record.kind()).or_insert(0) += 1;
        if let Some(before) = self.records.insert(key, record) {
            self.uncount(&before.kind());
        }
    }

    /// Another application may have taken an object over meanwhile.
    fn forget(&mut self, key: &str, app: &AppKey) {
        let Some(record) = self.records.get(key).filter(|record| record.app == *app) else {
            return;
        };
        let kind = record.kind();
        self.records.remove(key);
        self.looked_at.remove(key);
        self.uncount(&kind);
        self.settle(key, app, None);
    }

    fn uncount(&mut self, kind: &Kind) {
        if let Some(count) = self.kinds.get_mut(kind) {
            *count -= 1;
            if *count == 0 {
                self.kinds.remove(kind);
            }
        }
    }

    /// The kinds that were delivered, by cluster.
    pub(super) fn kinds(&self) -> impl Iterator<Item = &Kind> {
        self.kinds.keys()
    }

    /// Objects that have to be asked for again.
    pub(super) fn again(&mut self) -> BTreeSet<ObjectId> {
        std::mem::take(&mut self.again)
    }

    /// An object as it is now; nothing when it does not exist.
    pub(super) fn object(&mut self, id: &ObjectId, live: Option<&Value>, now: Timestamp) {
        let key = id.key();
        let Some(record) = self.records.get(&key) else { return };
        let mark = live.map_or(0, fingerprint);
        if self.looked_at.get(&key) == Some(&mark) {
            return;
        }
        let rules = self.apps.get(&record.app).and_then(|known| known.rules.as_ref());
        let first = self.found.get(&key).map_or(now, |finding| finding.first);
        let finding = finding(&record.app, &record.whole(), live, rules, first);
        let app = record.app.clone();
        self.looked_at.insert(key.clone(), mark);
        self.settle(&key, &app, finding);
    }

    /// Everything of a kind was listed: what was recorded and is not in the list does not exist.
    pub(super) fn listed(&mut self, kind: &Kind, keys: &HashSet<String>, now: Timestamp) {
        let missing =
            self.records.iter().filter(|(key, record)| record.is_of(kind) && !keys.contains(*key));
        let ids: Vec<ObjectId> = missing.map(|(_, record)| object_id(&record.entry)).collect();
        for id in ids {
            self.object(&id, None, now);
        }
    }

    fn settle(&mut self, key: &str, app: &AppKey, finding: Option<Finding>) {
        let before = match finding {
            Some(finding) => self.found.insert(key.to_owned(), finding),
            None => self.found.remove(key),
        };
        let same = match (&before, self.found.get(key)) {
            (None, None) => true,
            (Some(before), Some(after)) => before.drifted == after.drifted,
            _ => false,
        };
        if !same {
            self.changed.insert(app.clone());
        }
    }

    /// When something that was found begins to count.
    pub(super) fn due(&self, now: Timestamp) -> Option<Timestamp> {
        self.found.values().map(|finding| finding.due).filter(|due| *due > now).min()
    }

    /// What drifted of the applications of which something else was told last.
    pub(super) fn take(&mut self, now: Timestamp) -> Vec<(AppKey, Option<Drift>)> {
        let changed = std::mem::take(&mut self.changed);
        let mut found: HashMap<&AppKey, Vec<Drifted>> = HashMap::new();
        for (key, finding) in &self.found {
            let Some(record) = self.records.get(key) else { continue };
            if !changed.contains(&record.app) {
                continue;
            }
            match finding.due <= now {
                true => found.entry(&record.app).or_default().push(finding.drifted.clone()),
                false => drop(self.changed.insert(record.app.clone())),
            }
        }
        let mut news = Vec::new();
        for app in &changed {
            let drift = Drift::of(found.remove(app).unwrap_or_default());
            let before = match &drift {
                Some(drift) => self.told.insert(app.clone(), drift.clone()),
                None => self.told.remove(app),
            };
            if before != drift {
                news.push((app.clone(), drift));
            }
        }
        news
    }
}

#[cfg(test)]
mod tests {
    use mizzen_engine::plan::manifest;
    use mizzen_oam::policy::ApplyOnce;
    use serde_json::json;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + seconds).expect("a moment")
    }

    fn delivered() -> Value {
        json!({"apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "web", "namespace": "shop"},
            "spec": {"replicas": 2, "paused": false}})
    }

    fn tracker(generation: i64, raw: &Value) -> ResourceTracker {
        serde_json::from_value(json!({
            "metadata": {"labels": {"app.oam.dev/name": "checkout", "app.oam.dev/namespace": "shop"}},
            "spec": {"type": "versioned", "applicationGeneration": generation,
                "managedResources": [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web",
                    "namespace": "shop", "cluster": "eu-1", "raw": raw}]},
        }))
        .expect("a tracker")
    }

    fn live(generation: i64, spec: &Value) -> Value {
        let mut live = manifest::with_last_applied(&manifest::with_render_hash(delivered()));
        live["metadata"]["uid"] = json!("u");
        live["metadata"]["generation"] = json!(generation);
        live["metadata"]["labels"]["app.oam.dev/name"] = json!("checkout");
        live["metadata"]["labels"]["app.oam.dev/namespace"] = json!("shop");
        live["spec"] = spec.clone();
        live["metadata"]["managedFields"] = json!([{"manager": "kubectl-edit", "operation": "Update",
            "time": "2026-03-01T12:00:00Z", "fieldsV1": {"f:spec": {"f:replicas": {}}}}]);
        live
    }

    fn id() -> ObjectId {
        ObjectId::of(&delivered(), "eu-1")
    }

    fn whys(told: &[(AppKey, Option<Drift>)]) -> Vec<String> {
        told.iter()
            .map(|(app, drift)| {
                let why = drift.as_ref().map(Drift::why).unwrap_or_default();
                format!("{app}: {why}")
            })
            .collect()
    }

    /// A book that has seen the object as it was delivered.
    fn book() -> Book {
        let mut book = Book::default();
        book.tracker("t1", tracker(1, &delivered()));
        book.object(&id(), Some(&live(1, &delivered()["spec"])), at(0));
        assert!(book.take(at(0)).is_empty());
        assert_eq!(book.kinds().count(), 1);
        book
    }

    #[test]
    fn a_change_is_told_at_once_with_who_and_when_and_until_it_is_undone() {
        let mut book = book();
        book.object(&id(), Some(&live(2, &json!({"replicas": 5, "paused": false}))), at(1));
        let told = book.take(at(1));
        let said = "shop/checkout: kubectl-edit changed spec.replicas of Deployment web in eu-1";
        assert_eq!(whys(&told), [said]);
        let since = told[0].1.as_ref().and_then(Drift::since);
        assert_eq!(since, "2026-03-01T12:00:00Z".parse().ok());
        assert!(book.take(at(1)).is_empty(), "the same is told once");
        book.object(&id(), Some(&live(3, &delivered()["spec"])), at(2));
        assert_eq!(whys(&book.take(at(2))), ["shop/checkout: "]);
    }

    #[test]
    fn what_nobody_signed_counts_when_it_lasts() {
        let mut book = book();
        book.object(&id(), None, at(1));
        assert!(book.take(at(1)).is_empty());
        assert_eq!(book.due(at(1)), Some(at(3)));
        let said = "shop/checkout: someone deleted Deployment web in eu-1";
        assert_eq!(whys(&book.take(at(3))), [said]);
        book.object(&id(), Some(&live(1, &json!({"replicas": 2}))), at(4));
        let said = "shop/checkout: someone took away spec.paused of Deployment web in eu-1";
        assert_eq!(whys(&book.take(at(4))), [said]);
    }

    #[test]
    fn a_record_that_changed_is_compared_anew() {
        let mut book = book();
        book.again();
        let mut next = delivered();
        next["spec"]["replicas"] = json!(5);
        book.tracker("t2", tracker(2, &next));
        assert_eq!(book.again().into_iter().collect::<Vec<_>>(), [id()]);
        book.object(&id(), Some(&live(2, &next["spec"])), at(1));
        assert!(book.take(at(5)).is_empty());
        book.no_tracker("t2");
        book.object(&id(), Some(&live(2, &next["spec"])), at(6));
        assert_eq!(book.take(at(6)).len(), 1, "the older record counts again");
        book.no_tracker("t1");
        assert_eq!(whys(&book.take(at(7))), ["shop/checkout: "]);
        assert_eq!(book.kinds().count(), 0);
    }

    #[test]
    fn what_a_list_does_not_hold_is_gone() {
        let mut book = book();
        let kind = book.kinds().next().cloned().expect("one kind");
        book.listed(&kind, &HashSet::from([id().key()]), at(1));
        assert!(book.take(at(9)).is_empty());
        book.listed(&kind, &HashSet::new(), at(10));
        assert!(book.take(at(10)).is_empty());
        assert_eq!(book.take(at(12)).len(), 1);
    }

    #[test]
    fn what_a_policy_lets_be_says_so() {
        let mut book = book();
        let app = AppKey { namespace: "shop".into(), name: "checkout".into() };
        let rules = Rules {
            owner: app.to_string(),
            apply_once: ApplyOnce { enable: true, rules: None },
            ..Rules::default()
        };
        book.rules(&app, Some(rules));
        assert!(book.again().contains(&id()));
        book.object(&id(), Some(&live(2, &json!({"replicas": 5, "paused": false}))), at(1));
        let told = whys(&book.take(at(1)));
        assert!(told[0].ends_with("in eu-1 (apply-once lets it be)"), "{told:?}");
    }
}
