//! Clusters and applications, as the watches last told them.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::app::{App, AppKey};
use super::state::State;
use crate::console::term::clean::Clean;

/// A cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cluster {
    /// Its name; the hub is `local`.
    pub name: String,
    /// Whether it answers.
    pub reach: Reach,
    /// What it said last when it did not answer well.
    pub error: Clean,
    /// When it was heard of last.
    pub heard: Option<Timestamp>,
}

/// Whether a cluster answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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
    /// Whether the first list of applications is complete.
    pub complete: bool,
    /// Why there is no list, in the hub's words.
    pub error: Option<Clean>,
}

impl Fleet {
    /// Applications that need someone: the most urgent state first, the oldest first within it.
    #[must_use]
    pub fn inbox(&self) -> Vec<&App> {
        let mut apps: Vec<&App> =
            self.apps.values().filter(|app| app.state.needs_someone()).collect();
        apps.sort_by_key(|app| (app.state, app.since, &app.key));
        apps
    }

    /// How many applications are in each of the states that need someone.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<State, usize> {
        let mut counts = BTreeMap::new();
        for app in self.apps.values().filter(|app| app.state.needs_someone()) {
            *counts.entry(app.state).or_insert(0) += 1;
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
