//! Paths of one cluster that lead to another: `<prefix>/<cluster>/proxy/<path>`.
//!
//! The hub knows no product: whoever builds it says which prefix is a gateway, and which Secrets
//! make a cluster a member. The rest of the path goes to the member as if it were asked directly.

use crate::json;
use crate::store::{Collection, Key, Store};

/// A gateway prefix of the first cluster of a hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gateway {
    prefix: String,
    members: Option<Members>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Members {
    namespace: String,
    label: String,
}

impl Gateway {
    /// A gateway under `prefix`, such as `/apis/<group>/<version>/<resource>`, that reaches every
    /// cluster of the hub.
    pub fn new(prefix: &str) -> Self {
        Self { prefix: prefix.trim_end_matches('/').to_owned(), members: None }
    }

    /// Reaches only clusters for which a Secret of their name, with the given label, is in the given
    /// namespace.
    #[must_use]
    pub fn members_by_secret(mut self, namespace: &str, label: &str) -> Self {
        self.members = Some(Members { namespace: namespace.to_owned(), label: label.to_owned() });
        self
    }

    /// The cluster and the path inside it, when a path goes through this gateway.
    pub(crate) fn split<'a>(&self, path: &'a str) -> Option<(&'a str, &'a str)> {
        let rest = path.strip_prefix(self.prefix.as_str())?.strip_prefix('/')?;
        let (cluster, rest) = rest.split_once('/')?;
        match rest.strip_prefix("proxy") {
            Some("") => Some((cluster, "/")),
            Some(inner) if inner.starts_with('/') => Some((cluster, inner)),
            _ => None,
        }
    }

    /// Whether a cluster is a member, by what the first cluster stores.
    pub(crate) fn admits(&self, store: &Store, cluster: &str) -> bool {
        let Some(members) = &self.members else { return true };
        let key = Key::new(&members.namespace, cluster);
        store
            .get(&Collection::new("", "secrets"), &key)
            .is_some_and(|s| json::at(&s, &["metadata", "labels", &members.label]).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        let gateway = Gateway::new("/apis/g.io/v1/gateways");
        let check = |path, expected| assert_eq!(gateway.split(path), expected, "{path}");
        check("/apis/g.io/v1/gateways/eu/proxy/api/v1/pods", Some(("eu", "/api/v1/pods")));
        check("/apis/g.io/v1/gateways/eu/proxy", Some(("eu", "/")));
        check("/apis/g.io/v1/gateways/eu/proxyx", None);
        check("/apis/g.io/v1/gateways/eu", None);
        check("/apis/g.io/v1/gateways", None);
    }
}
