//! The record of requests a cluster was sent: for tests that count them, and for people who wonder.

use std::collections::VecDeque;
use std::sync::Mutex;

use crate::store::lock;

/// How many requests are kept.
const KEPT: usize = 10_000;

/// One request that a cluster was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestRecord {
    /// Its number in this cluster, from 1.
    pub sequence: u64,
    /// Who made it.
    pub user: String,
    /// The verb of authorization, empty for paths that name no resource.
    pub verb: String,
    /// The HTTP method.
    pub method: String,
    /// The path inside the cluster.
    pub path: String,
    /// The raw query.
    pub query: String,
    /// The User-Agent.
    pub agent: String,
}

#[derive(Debug, Default)]
struct Kept {
    count: u64,
    records: VecDeque<RequestRecord>,
}

/// The recent requests of a cluster.
#[derive(Debug, Default)]
pub(crate) struct Recorder(Mutex<Kept>);

impl Recorder {
    /// Numbers and keeps a request.
    pub(crate) fn record(&self, mut record: RequestRecord) -> u64 {
        let mut kept = lock(&self.0);
        kept.count += 1;
        record.sequence = kept.count;
        if kept.records.len() == KEPT {
            kept.records.pop_front();
        }
        kept.records.push_back(record);
        kept.count
    }

    /// How many requests there were.
    pub(crate) fn count(&self) -> u64 {
        lock(&self.0).count
    }

    /// The requests after a number, as far as they are kept.
    pub(crate) fn after(&self, sequence: u64) -> Vec<RequestRecord> {
        let kept = lock(&self.0);
        kept.records.iter().filter(|r| r.sequence > sequence).cloned().collect()
    }
}
