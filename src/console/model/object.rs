//! One object, whatever it is: which one is looked at, its summary, and its lines as they fold.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::state::State;
use crate::console::term::clean::Clean;

/// Which object, where it is not the application itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectRef {
    /// Its cluster.
    pub cluster: String,
    /// Its kind.
    pub kind: String,
    /// Its namespace; empty where it has none.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl ObjectRef {
    /// Reads one as it is written; nothing when it is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split('/').collect();
        let [cluster, kind, namespace, name] = parts[..] else { return None };
        let own = str::to_owned;
        let all = (own(cluster), own(kind), own(namespace), own(name));
        let (cluster, kind, namespace, name) = all;
        let named = !cluster.is_empty() && !kind.is_empty() && !name.is_empty();
        named.then_some(Self { cluster, kind, namespace, name })
    }
}

impl fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}/{}", self.cluster, self.kind, self.namespace, self.name)
    }
}

/// A line of an object as YAML.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct YamlLine {
    /// Where it stands, as `spec.containers[0].image`; what stands below begins with it.
    pub path: String,
    /// As it is shown.
    pub text: Clean,
    /// Lines below it, which a fold hides.
    pub below: u32,
    /// Whether it is what only servers write, and folded until it is asked for.
    pub noise: bool,
    /// Who wrote it last; empty when the object does not say.
    pub who: Clean,
    /// When.
    pub when: Option<Timestamp>,
}

impl YamlLine {
    /// Whether it stands below a path.
    #[must_use]
    pub fn is_below(&self, path: &str) -> bool {
        self.path.strip_prefix(path).is_some_and(|rest| rest.starts_with(['.', '[']))
    }
}

/// A fact of a summary.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// What it is about; a heading where there is nothing else.
    pub name: Clean,
    /// What it says.
    pub value: Clean,
    /// How well that is, where it tells.
    pub state: Option<State>,
    /// Since when, or when.
    pub when: Option<Timestamp>,
}

impl Fact {
    /// Whether it opens a section.
    #[must_use]
    pub fn is_heading(&self) -> bool {
        self.value.is_empty() && self.when.is_none() && self.state.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_read_as_they_are_written() {
        for text in ["eu-1/Deployment/shop/web", "local/Namespace//shop"] {
            assert_eq!(ObjectRef::parse(text).map(|it| it.to_string()).as_deref(), Some(text));
        }
        for text in ["", "a/b/c", "a/b/c/d/e", "/b/c/d", "a//c/d", "a/b/c/"] {
            assert_eq!(ObjectRef::parse(text), None, "{text}");
        }
    }

    #[test]
    fn what_stands_below_begins_with_the_path() {
        let line = |path: &str| YamlLine { path: path.into(), ..YamlLine::default() };
        assert!(line("spec.a").is_below("spec") && line("spec[0]").is_below("spec"));
        assert!(!line("spec").is_below("spec") && !line("special.a").is_below("spec"));
    }
}
