//! Who may use a cluster: bearer tokens, impersonation, and authorization by RBAC or not at all.
//!
//! With RBAC off every authenticated user may do everything; whoever has no credentials is always
//! judged by RBAC. Pure apart from the table of tokens: roles are read from the store.

mod rbac;
mod roles;

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;

use crate::cluster::Inner;
use crate::identity::{MASTERS, User};
use crate::status::Status;
use crate::store::lock;

pub(crate) use rbac::rules_of;
pub(crate) use roles::first_roles;

/// The authentication state of a cluster.
pub(crate) struct Access {
    rbac: AtomicBool,
    tokens: Mutex<HashMap<String, Grant>>,
}

/// What a token stands for, and until when.
#[derive(Clone)]
struct Grant {
    user: User,
    until: Option<Timestamp>,
}

impl Access {
    pub(crate) fn new(rbac: bool, tokens: Vec<(String, User)>) -> Self {
        let tokens = tokens.into_iter().map(|(token, user)| (token, Grant { user, until: None }));
        Self { rbac: AtomicBool::new(rbac), tokens: Mutex::new(tokens.collect()) }
    }

    pub(crate) fn add_token(&self, token: &str, user: User) {
        lock(&self.tokens).insert(token.to_owned(), Grant { user, until: None });
    }

    pub(crate) fn add_token_until(&self, token: &str, user: User, until: Timestamp) {
        lock(&self.tokens).insert(token.to_owned(), Grant { user, until: Some(until) });
    }

    /// The user behind a token that is still good.
    pub(crate) fn user(&self, token: &str, now: Timestamp) -> Option<User> {
        let grant = lock(&self.tokens).get(token).cloned()?;
        grant.until.is_none_or(|until| now < until).then_some(grant.user)
    }

    pub(crate) fn set_rbac(&self, on: bool) {
        self.rbac.store(on, Ordering::SeqCst);
    }
}

/// What a request wants to do.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attributes {
    pub(crate) verb: String,
    pub(crate) group: String,
    pub(crate) resource: String,
    pub(crate) subresource: String,
    pub(crate) namespace: String,
    pub(crate) name: String,
    /// The path, for requests that name no resource.
    pub(crate) path: String,
}

/// Whether a user may do something.
pub(crate) fn allows(cluster: &Inner, user: &User, wanted: &Attributes) -> bool {
    let judged = cluster.access.rbac.load(Ordering::SeqCst) || *user == User::anonymous();
    !judged || user.is_in(MASTERS) || rbac::allows(cluster, user, wanted)
}

/// Nothing, or 403 in the words of Kubernetes.
pub(crate) fn authorize(cluster: &Inner, user: &User, wanted: &Attributes) -> Result<(), Status> {
    if allows(cluster, user, wanted) {
        return Ok(());
    }
    if wanted.resource.is_empty() {
        let text = format!(
            "forbidden: User {:?} cannot {} path {:?}",
            user.name, wanted.verb, wanted.path
        );
        return Err(Status::failure(403, "Forbidden", escaped(&text)));
    }
    let resource = match wanted.subresource.as_str() {
        "" => wanted.resource.clone(),
        sub => format!("{}/{sub}", wanted.resource),
    };
    let scope = match wanted.namespace.as_str() {
        "" => "at the cluster scope".to_owned(),
        namespace => format!("in the namespace {namespace:?}"),
    };
    let why = format!(
        "User {:?} cannot {} resource {resource:?} in API group {:?} {scope}",
        user.name, wanted.verb, wanted.group
    );
    Err(Status::forbidden(&wanted.group, &wanted.resource, &wanted.name, &escaped(&why)))
}

/// Text that a browser cannot take for markup.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The user that a request asks to be taken for, after checking that its maker may ask.
pub(crate) fn impersonate(
    cluster: &Inner,
    user: &User,
    headers: &http::HeaderMap,
) -> Result<Option<User>, Status> {
    let get = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let name = get("impersonate-user");
    let groups: Vec<&str> =
        headers.get_all("impersonate-group").iter().filter_map(|v| v.to_str().ok()).collect();
    if name.is_empty() {
        return match groups.is_empty() {
            true => Ok(None),
            false => Err(Status::failure(
                500,
                "InternalError",
                "Internal error occurred: requested [groups] without impersonating a user",
            )),
        };
    }
    may_impersonate(cluster, user, name, &groups)?;
    let mut other = as_account(name).unwrap_or_else(|| User::new(name, &[]));
    other.groups.splice(0..0, groups.iter().map(|g| (*g).to_owned()));
    other.groups.dedup();
    other.uid = get("impersonate-uid").to_owned();
    for (key, value) in headers {
        let Some(key) = key.as_str().strip_prefix("impersonate-extra-") else { continue };
        let value = value.to_str().unwrap_or_default().to_owned();
        match other.extra.iter_mut().find(|(k, _)| k == key) {
            Some((_, values)) => values.push(value),
            None => other.extra.push((key.to_owned(), vec![value])),
        }
    }
    Ok(Some(other))
}

fn as_account(name: &str) -> Option<User> {
    let (namespace, name) = name.strip_prefix("system:serviceaccount:")?.split_once(':')?;
    Some(User::service_account(namespace, name))
}

fn may_impersonate(
    cluster: &Inner,
    user: &User,
    name: &str,
    groups: &[&str],
) -> Result<(), Status> {
    let wanted = |resource: &str, namespace: &str, name: &str| Attributes {
        verb: "impersonate".to_owned(),
        resource: resource.to_owned(),
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        ..Attributes::default()
    };
    let account = name.strip_prefix("system:serviceaccount:").and_then(|rest| rest.split_once(':'));
    match account {
        Some((namespace, name)) => {
            authorize(cluster, user, &wanted("serviceaccounts", namespace, name))?;
        }
        None => authorize(cluster, user, &wanted("users", "", name))?,
    }
    groups.iter().try_for_each(|group| authorize(cluster, user, &wanted("groups", "", group)))
}
