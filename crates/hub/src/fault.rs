//! Faults on demand: what a test makes go wrong with a request, before or after it is carried out.
//!
//! The hook sees each request before anything is done, and is asked once per request.

use std::fmt;
use std::sync::Arc;

use http::{HeaderMap, Method};

/// What a fault hook is told about a request.
#[derive(Debug)]
pub struct FaultRequest<'a> {
    /// The cluster that is asked, whichever way the request came.
    pub cluster: &'a str,
    /// The verb of authorization (`get`, `list`, `watch`, `create`, `update`, `patch`, `delete`,
    /// `deletecollection`), empty for paths that name no resource.
    pub verb: &'a str,
    /// The HTTP method.
    pub method: &'a Method,
    /// The path inside the cluster, without prefixes of clusters and gateways.
    pub path: &'a str,
    /// The raw query.
    pub query: &'a str,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// The number of the request in this cluster, from 1.
    pub sequence: u64,
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// The connection is refused; nothing is done.
    Refuse,
    /// 403, as policy would answer; nothing is done.
    Forbidden,
    /// 409, as a concurrent writer would cause; nothing is done.
    Conflict,
    /// Any Status; nothing is done.
    Answer(crate::Status),
    /// The answer never comes; nothing is done.
    Hang,
    /// The request is carried out, and the answer breaks off after this many bytes.
    Cut(usize),
    /// The request is carried out, and the connection closes before any answer.
    LoseReply,
}

/// A function that decides what goes wrong.
pub(crate) type Hook = Arc<dyn Fn(&FaultRequest<'_>) -> Option<Fault> + Send + Sync>;

/// The hook in force.
#[derive(Clone, Default)]
pub(crate) struct Faults(pub(crate) Option<Hook>);

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Faults(hook)" } else { "Faults(none)" })
    }
}
