//! How the fleet was a while back: how many applications needed someone, told from what was watched anyway.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;

use super::fleet::{Cluster, Fleet};
use super::state::State;

/// Seconds between two counts.
const EVERY: i64 = 10;
/// Counts that are kept: half an hour of them.
const MOST: usize = 180;

/// Counts of a while, the last one last; of every cluster by its name, of the whole fleet without one.
#[derive(Clone, Debug, Default)]
pub struct Pulse {
    counts: BTreeMap<String, VecDeque<u32>>,
    last: Option<Timestamp>,
}

impl Pulse {
    /// Counts once more, when enough time has passed.
    pub fn count(&mut self, fleet: &Fleet, now: Timestamp) {
        let due = self.last.is_none_or(|last| now.as_second() - last.as_second() >= EVERY);
        if !due || !fleet.complete {
            return;
        }
        self.last = Some(now);
        self.counts.retain(|name, _| name.is_empty() || fleet.clusters.contains_key(name));
        self.push("", states(fleet, None));
        for cluster in fleet.clusters.values() {
            self.push(&cluster.name, states(fleet, Some(cluster)));
        }
    }

    fn push(&mut self, name: &str, states: BTreeMap<State, u32>) {
        let trouble = states.iter().filter(|(state, _)| state.needs_someone());
        let counts = self.counts.entry(name.to_owned()).or_default();
        counts.push_back(trouble.map(|(_, count)| count).sum());
        let over = counts.len().saturating_sub(MOST);
        counts.drain(..over);
    }

    /// The counts as so many heights between 0 and `most`, the last one last; each the highest of its time.
    #[must_use]
    pub fn heights(&self, cluster: Option<&Cluster>, width: usize, most: usize) -> Vec<usize> {
        let name = cluster.map_or("", |cluster| cluster.name.as_str());
        let Some(counts) = self.counts.get(name) else { return Vec::new() };
        let per = MOST.div_ceil(width.max(1));
        let counts: Vec<u32> = counts.iter().copied().collect();
        let highest = counts.iter().copied().max().unwrap_or(0).max(1) as usize;
        let height = |of: &[u32]| {
            let count = of.iter().copied().max().unwrap_or(0) as usize;
            // One of very many is still seen.
            if count == 0 { 0 } else { (count * most / highest).max(1) }
        };
        counts.rchunks(per).rev().map(height).collect()
    }
}

/// How many applications are in each state, in a cluster or everywhere.
#[must_use]
pub fn states(fleet: &Fleet, cluster: Option<&Cluster>) -> BTreeMap<State, u32> {
    let mut states = BTreeMap::new();
    let inside = |app: &&super::App| cluster.is_none_or(|cluster| app.is_in(&cluster.name));
    for app in fleet.apps.values().filter(inside) {
        *states.entry(fleet.state(app)).or_insert(0) += 1;
    }
    states
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heights_keep_what_was_highest() {
        let mut pulse = Pulse::default();
        let of = |count| BTreeMap::from([(State::Degraded, count), (State::Healthy, 9)]);
        for count in [0, 0, 1, 8, 2, 0] {
            pulse.push("", of(count));
        }
        assert_eq!(pulse.heights(None, MOST, 8), [0, 0, 1, 8, 2, 0]);
        assert_eq!(pulse.heights(None, MOST / 3, 8), [1, 8]);
        assert_eq!(pulse.heights(None, 0, 8), [8]);
        for _ in 0..MOST {
            pulse.push("", of(0));
        }
        assert_eq!(pulse.heights(None, 10, 8), [0; 10]);
    }
}
