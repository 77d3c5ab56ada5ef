//! Clusters, applications and what drifted, as the watches last told them; and of all that the inbox:
//! what waits for a person, what is broken, what drifted, what is held.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::app::{App, AppKey};
use super::drift::Drift;
use super::state::State;
use crate::console::term::clean::Clean;

/// A cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cluster {
    /// Its name; the hub is `local`.
    pub name: String,
    /// Whether it answers.
    pub reach: Reach,
    /// What it said last when it did not answer well.
    pub error: Clean,
    /// When it was heard of last.
    pub heard: Option<Timestamp>,
    /// Since when it answers, or does not.
    pub since: Option<Timestamp>,
    /// How long it took to answer a small question last, in milliseconds.
    pub delay: Option<u32>,
    /// The version of its API server.
    pub version: Clean,
}

/// Whether a cluster answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reach {
    /// It was not asked yet, or has not answered yet.
    #[default]
    Asking,
    /// It answers.
    Up,
    /// It does not.
    Down,
}

impl Cluster {
    /// Its state.
    #[must_use]
    pub fn state(&self) -> State {
        match self.reach {
            Reach::Asking => State::Unknown,
            Reach::Up => State::Healthy,
            Reach::Down => State::Degraded,
        }
    }
}

/// Everything that the hub tells.
#[derive(Clone, Debug, Default)]
pub struct Fleet {
    /// By name.
    pub clusters: BTreeMap<String, Cluster>,
    /// By namespace and name.
    pub apps: BTreeMap<AppKey, App>,
    /// What drifted, by application.
    pub drift: BTreeMap<AppKey, Drift>,
    /// Clusters in which nobody looks for drift, and why.
    pub unwatched: BTreeMap<String, Clean>,
    /// Whether the first list of applications is complete.
    pub complete: bool,
    /// Why there is no list, in the hub's words.
    pub error: Option<Clean>,
}

/// Something that needs someone.
#[derive(Clone, Copy, Debug)]
pub enum Item<'a> {
    /// An application that waits, is broken or is held.
    App(&'a App),
    /// What somebody changed of an application.
    Drift(&'a App, &'a Drift),
    /// A cluster that does not answer.
    Cluster(&'a Cluster),
}

impl<'a> Item<'a> {
    /// Why it needs someone.
    fn state(&self) -> State {
        match self {
            Self::App(app) => app.state,
            Self::Drift(..) => State::Drifted,
            Self::Cluster(cluster) => cluster.state(),
        }
    }

    /// The most urgent kind first, the oldest first within it.
    fn order(&self) -> (State, Option<Timestamp>, &'a str, &'a str) {
        let (since, namespace, name): (_, _, &str) = match self {
            Self::App(app) => (app.since, &app.key.namespace, &app.key.name),
            Self::Drift(app, drift) => (drift.since(), &app.key.namespace, &app.key.name),
            Self::Cluster(cluster) => (cluster.since, &cluster.name, ""),
        };
        (self.state(), since, namespace, name)
    }
}

impl Fleet {
    /// What needs someone: the most urgent kind first, the oldest first within it.
    #[must_use]
    pub fn inbox(&self) -> Vec<Item<'_>> {
        // Members are reached through the hub: without it nobody knows of them, and every screen says so.
        let hub = self.clusters.get(mizzen_oam::LOCAL_CLUSTER);
        let hub_down = hub.is_some_and(|hub| hub.reach == Reach::Down);
        let down = self.clusters.values().filter(|it| it.reach == Reach::Down && !hub_down);
        let mut items: Vec<Item<'_>> = self.of_apps().chain(down.map(Item::Cluster)).collect();
        items.sort_by(|a, b| a.order().cmp(&b.order()));
        items
    }

    /// What of the applications needs someone, in no order.
    fn of_apps(&self) -> impl Iterator<Item = Item<'_>> {
        let waiting = self.apps.values().filter(|app| app.state.needs_someone()).map(Item::App);
        let drifted = self.drift.keys().filter_map(|key| self.apps.get(key));
        waiting.chain(drifted.filter_map(|app| Some(Item::Drift(app, self.drift_of(app)?))))
    }

    /// What drifted of an application. While it is being delivered nobody can tell a change from
    /// outside from one that is on its way.
    #[must_use]
    pub fn drift_of(&self, app: &App) -> Option<&Drift> {
        self.drift.get(&app.key).filter(|_| app.state != State::Progressing)
    }

    /// The state of an application with what drifted taken in.
    #[must_use]
    pub fn state(&self, app: &App) -> State {
        match (app.state, self.drift_of(app)) {
            (State::Healthy | State::Unknown, Some(_)) => State::Drifted,
            (state, _) => state,
        }
    }

    /// How many of what the inbox lists are in each of the states that need someone; clusters are
    /// counted elsewhere.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<State, usize> {
        let mut counts = BTreeMap::new();
        for item in self.of_apps() {
            *counts.entry(item.state()).or_insert(0) += 1;
        }
        counts
    }

    /// Clusters that answer, and all.
    #[must_use]
    pub fn reachable(&self) -> (usize, usize) {
        let up = self.clusters.values().filter(|cluster| cluster.reach == Reach::Up).count();
        (up, self.clusters.len())
    }
}
