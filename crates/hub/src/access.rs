//! Who may use a cluster: bearer tokens, and the switch between RBAC and allowing everything.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::identity::User;
use crate::store::lock;

/// The authentication state of a cluster.
pub(crate) struct Access {
    rbac: AtomicBool,
    tokens: Mutex<HashMap<String, User>>,
}

impl Access {
    pub(crate) fn new(rbac: bool, tokens: Vec<(String, User)>) -> Self {
        Self { rbac: AtomicBool::new(rbac), tokens: Mutex::new(tokens.into_iter().collect()) }
    }

    pub(crate) fn add_token(&self, token: &str, user: User) {
        lock(&self.tokens).insert(token.to_owned(), user);
    }

    /// The user behind a token.
    pub(crate) fn user(&self, token: &str) -> Option<User> {
        lock(&self.tokens).get(token).cloned()
    }

    pub(crate) fn set_rbac(&self, on: bool) {
        self.rbac.store(on, Ordering::SeqCst);
    }

    /// Whether RBAC decides.
    pub(crate) fn rbac(&self) -> bool {
        self.rbac.load(Ordering::SeqCst)
    }
}
