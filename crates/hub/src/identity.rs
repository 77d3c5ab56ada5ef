//! Who makes a request: a user with groups, as authentication found or an owner of the hub says.

/// A user as Kubernetes knows one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The name, such as `kubernetes-admin` or `system:serviceaccount:ns:name`.
    pub name: String,
    /// The uid; mostly empty.
    pub uid: String,
    /// The groups.
    pub groups: Vec<String>,
    /// Extra attributes, in the order given.
    pub extra: Vec<(String, Vec<String>)>,
}

/// The group whose members may do everything.
pub(crate) const MASTERS: &str = "system:masters";
const AUTHENTICATED: &str = "system:authenticated";

impl User {
    /// A user with the given groups, and `system:authenticated`.
    pub fn new(name: &str, groups: &[&str]) -> Self {
        let mut groups: Vec<String> = groups.iter().map(|g| (*g).to_owned()).collect();
        if !groups.iter().any(|g| g == AUTHENTICATED) {
            groups.push(AUTHENTICATED.to_owned());
        }
        Self { name: name.to_owned(), uid: String::new(), groups, extra: Vec::new() }
    }

    /// The administrator of the hub, who may do everything.
    pub fn admin() -> Self {
        Self::new("kubernetes-admin", &[MASTERS])
    }

    /// A service account.
    pub fn service_account(namespace: &str, name: &str) -> Self {
        let all = "system:serviceaccounts".to_owned();
        let own = format!("{all}:{namespace}");
        let name = format!("system:serviceaccount:{namespace}:{name}");
        Self::new(&name, &[&all, &own])
    }

    /// Nobody in particular.
    pub(crate) fn anonymous() -> Self {
        Self {
            name: "system:anonymous".to_owned(),
            uid: String::new(),
            groups: vec!["system:unauthenticated".to_owned()],
            extra: Vec::new(),
        }
    }

    pub(crate) fn is_in(&self, group: &str) -> bool {
        self.groups.iter().any(|g| g == group)
    }
}
