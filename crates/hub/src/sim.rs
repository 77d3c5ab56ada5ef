//! Simulated controllers, scheduler and kubelets of a cluster.
//!
//! Controllers are pure functions from the present state of a cluster to a plan; one task per
//! cluster carries the plans out through the same API as every client, so that managed fields,
//! events and watches look as they do with real controllers. Deterministic: the same objects, seed
//! and clock give the same writes. How containers behave is in the module `behaviour`.

mod behaviour;
mod budget;
mod cron_job;
mod daemon_set;
mod deployment;
mod driver;
mod job;
mod kubelet;
pub(crate) mod logs;
mod namespace;
mod network;
mod node;
mod object;
mod plan;
mod recorder;
mod replica_set;
mod revision;
mod scheduler;
pub(crate) mod shell;
mod stateful_set;
#[cfg(test)]
mod tests;
mod volume;
mod world;

use std::time::Duration;

use tokio_util::sync::{CancellationToken, DropGuard};

use crate::cluster::Cluster;

/// How long things take in a simulated cluster.
#[derive(Clone, Debug)]
pub struct Timing {
    /// Pulling an image.
    pub pull: Duration,
    /// From the pulled image to the running container.
    pub start: Duration,
    /// From the running container to the ready one.
    pub ready: Duration,
    /// Stopping a pod, at most its grace.
    pub stop: Duration,
    /// How long the containers of a Job run.
    pub job: Duration,
    /// How long init containers run.
    pub init: Duration,
    /// Until a load balancer or an Ingress has its address.
    pub address: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            pull: Duration::from_millis(1200),
            start: Duration::from_millis(300),
            ready: Duration::from_millis(1000),
            stop: Duration::from_millis(1000),
            job: Duration::from_secs(5),
            init: Duration::from_secs(1),
            address: Duration::from_secs(2),
        }
    }
}

impl Timing {
    /// Nothing takes any time but what a behaviour asks for.
    pub fn instant() -> Self {
        let zero = Duration::ZERO;
        Self {
            pull: zero,
            start: zero,
            ready: zero,
            stop: zero,
            job: zero,
            init: zero,
            address: zero,
        }
    }
}

/// What a simulated cluster is made of.
#[derive(Clone, Debug)]
pub struct Options {
    /// How many nodes it has at first; nodes that are created later count as well.
    pub nodes: usize,
    /// How long things take.
    pub timing: Timing,
    /// The cluster's root certificate, which every namespace carries.
    pub certificate: String,
    /// Whether load balancers and Ingresses are given addresses.
    pub addresses: bool,
    /// Whether there is a storage class that claims are bound by; without one no pod waits for its claims.
    pub volumes: bool,
    /// Key and value of a label whose pods are never scheduled.
    pub held: Option<(String, String)>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            nodes: 3,
            timing: Timing::default(),
            certificate: String::new(),
            addresses: true,
            volumes: true,
            held: None,
        }
    }
}

/// A running simulation; dropping it stops the controllers and leaves the objects as they are.
#[derive(Debug)]
pub struct Simulation {
    _stop: DropGuard,
}

impl Simulation {
    /// Starts the controllers of a cluster. Needs a tokio runtime.
    pub fn start(cluster: &Cluster, options: Options) -> Self {
        let stop = CancellationToken::new();
        let driver = driver::Driver::new(cluster.clone(), options);
        let token = stop.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = token.cancelled() => {}
                () = driver.run() => {}
            }
        });
        Self { _stop: stop.drop_guard() }
    }
}
