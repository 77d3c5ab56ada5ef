//! An embedded, Kubernetes-compatible API with simulated clusters.
//!
//! Claim: knows only the Kubernetes API; neither CUE, OAM nor the engine. A [`Hub`] holds several
//! clusters in one process; each [`Cluster`] is a tower service that `kube::Client` accepts, and
//! the same service stands behind the HTTPS [`Listener`]. Everything a client can observe goes
//! through that service, so tests, the console and kubectl see one and the same API.

#![forbid(unsafe_code)]

mod access;
mod api;
mod apply;
mod body;
mod bridge;
mod catalog;
mod clock;
mod cluster;
mod crd;
mod dns;
mod error;
mod fault;
mod garbage;
mod gateway;
mod go_json;
mod hub;
mod identity;
mod json;
mod listener;
mod load;
mod local;
mod names;
mod patch;
mod pki;
mod projection;
mod record;
pub mod schema;
mod selector;
mod service;
pub mod sim;
mod status;
mod store;

pub use body::Body;
pub use clock::Clock;
pub use cluster::Cluster;
pub use error::HubError;
pub use fault::{Fault, FaultRequest};
pub use gateway::Gateway;
pub use hub::{Builder, Hub};
pub use identity::User;
pub use listener::Listener;
pub use local::{Events, LocalApi};
pub use projection::{ProjectedColumn, Projection};
pub use record::RequestRecord;
pub use service::ClusterService;
pub use status::{Cause, Status, StatusDetails};
