//! The one error type of the hub itself: what could not be opened, bound or reached.
//!
//! Answers to API requests are never of this type: they are [`crate::Status`] objects.

use std::path::PathBuf;

/// Why the hub could not do what its owner (not an API client) asked.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    /// A builder was given no cluster, or the same name twice.
    #[error("cannot build a hub with clusters [{names}]: {why}; name each cluster once")]
    Clusters {
        /// The names that were given.
        names: String,
        /// What is wrong with them.
        why: &'static str,
    },
    /// The store file of a cluster could not be opened, read or written.
    #[error("store of cluster {cluster} at {path}: {action}: {why}; check the file and its folder")]
    Store {
        /// The cluster whose store it is.
        cluster: String,
        /// The file.
        path: PathBuf,
        /// What was being done.
        action: &'static str,
        /// The cause.
        why: String,
    },
    /// The folder of certificates and tokens could not be read or written.
    #[error("credentials at {path}: {action}: {why}")]
    Credentials {
        /// The file or folder.
        path: PathBuf,
        /// What was being done.
        action: &'static str,
        /// The cause.
        why: String,
    },
    /// The listener could not be bound or its TLS could not be set up.
    #[error("listening on {address}: {why}; choose a free address")]
    Listen {
        /// The address asked for.
        address: String,
        /// The cause.
        why: String,
    },
    /// The connection to a cluster was refused: it is marked down, or a fault was injected.
    #[error("cluster {cluster} refused the connection")]
    Refused {
        /// The cluster.
        cluster: String,
    },
    /// The connection broke before an answer arrived; the request may have been carried out.
    #[error("connection to cluster {cluster} closed before the answer arrived")]
    ReplyLost {
        /// The cluster.
        cluster: String,
    },
    /// The request body could not be read.
    #[error("reading the request body for cluster {cluster}: {why}")]
    RequestBody {
        /// The cluster.
        cluster: String,
        /// The cause.
        why: String,
    },
}
