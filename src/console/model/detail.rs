//! What is known of the open application beyond its status: resources, revisions, texts.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::app::AppKey;
use super::compare::Question;
use super::logs::{Ask, Ring};
use super::object::{Fact, ObjectRef, YamlLine};
use super::state::State;
use crate::console::term::clean::Clean;

/// A row of the resource tree. Rows are in order, children after their parent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// Stable id: cluster, kind, namespace, name; unique in the tree.
    pub id: String,
    /// How deep it stands; clusters are 0.
    pub depth: usize,
    /// Its cluster.
    pub cluster: String,
    /// Kind, such as `Deployment`; empty for clusters.
    pub kind: Clean,
    /// Namespace.
    pub namespace: String,
    /// The component that it was delivered for; empty for clusters.
    pub component: Clean,
    /// Name.
    pub name: Clean,
    /// Its state.
    pub state: State,
    /// What it says, such as `2/2 ready`.
    pub text: Clean,
}

/// A revision of the application.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    /// Name.
    pub name: Clean,
    /// Version that was published under it.
    pub publish_version: Clean,
    /// Whether its workflow succeeded.
    pub succeeded: bool,
    /// When it was made.
    pub created: Option<Timestamp>,
}

/// An event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventRow {
    /// When it was seen last.
    pub last: Option<Timestamp>,
    /// Whether it warns.
    pub warning: bool,
    /// Reason.
    pub reason: Clean,
    /// Object.
    pub object: Clean,
    /// Message.
    pub message: Clean,
    /// How often.
    pub count: i64,
}

/// What was delivered beside what is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// The lines that differ, without what only the cluster set.
    pub lines: Vec<DiffLine>,
    /// The same with everything.
    pub whole: Vec<DiffLine>,
    /// The difference as a file that `patch` takes; it is written out, never shown.
    pub patch: String,
}

/// How a comparison is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DiffLooks {
    /// The two sides beside each other.
    pub split: bool,
    /// With what only the cluster set.
    pub whole: bool,
}

/// A line of a comparison.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiffLine {
    /// What it is.
    pub kind: DiffKind,
    /// The text.
    pub text: Clean,
    /// Who wrote what stands in it; empty when the object does not say.
    pub who: Clean,
    /// When.
    pub when: Option<Timestamp>,
    /// From where to where, in bytes, it is not as the line that it was changed from.
    pub differs: Option<(usize, usize)>,
}

/// What a line of a comparison is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum DiffKind {
    /// A heading: an object, or the names of the sides.
    Head,
    /// On both sides.
    #[default]
    Same,
    /// Only on the left side.
    Remove,
    /// Only on the right side.
    Add,
}

/// A part that may still be on its way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Part<T> {
    /// Was not asked for.
    #[default]
    None,
    /// Asked for at this moment.
    Loading(Timestamp),
    /// Here.
    Ready(T),
    /// As it was before it could not be had any more, and why.
    Stale(T, Clean),
    /// Could not be had, and why.
    Failed(Clean),
}

impl<T> Part<T> {
    /// An answer. What was known before stays in sight when nothing newer can be had.
    pub fn answer(&mut self, result: Result<T, Clean>) {
        *self = match (result, std::mem::take(self)) {
            (Ok(value), _) => Self::Ready(value),
            (Err(why), Self::Ready(value) | Self::Stale(value, _)) => Self::Stale(value, why),
            (Err(why), Self::None | Self::Loading(_) | Self::Failed(_)) => Self::Failed(why),
        };
    }

    /// Why it could not be had.
    #[must_use]
    pub fn failure(&self) -> Option<&Clean> {
        match self {
            Self::Failed(why) => Some(why),
            Self::None | Self::Loading(_) | Self::Ready(_) | Self::Stale(..) => None,
        }
    }

    /// Why what is shown is not of now.
    #[must_use]
    pub fn stale(&self) -> Option<&Clean> {
        match self {
            Self::Stale(_, why) => Some(why),
            Self::None | Self::Loading(_) | Self::Ready(_) | Self::Failed(_) => None,
        }
    }
}

impl Detail {
    /// The lines of the comparison as it is looked at.
    #[must_use]
    pub fn compared(&self, looks: DiffLooks) -> &[DiffLine] {
        match &self.diff {
            Part::Ready(found) | Part::Stale(found, _) if looks.whole => &found.whole,
            Part::Ready(found) | Part::Stale(found, _) => &found.lines,
            Part::None | Part::Loading(_) | Part::Failed(_) => &[],
        }
    }

    /// Why what a side shows could not be had.
    #[must_use]
    pub fn failure(&self, tab: super::nav::Tab) -> Option<&Clean> {
        use super::nav::Tab;
        match tab {
            Tab::Tree => self.tree.failure(),
            Tab::Workflow => None,
            Tab::Diff => self.diff.failure(),
            Tab::Revisions => self.revisions.failure(),
            Tab::Info => self.info.failure(),
            Tab::Yaml => self.yaml.failure(),
            Tab::Events => self.events.failure(),
            Tab::Logs => self.logs.failure(),
        }
    }

    /// The resource tree in the order that was chosen.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        match (&self.tree, &self.arranged) {
            (Part::Ready(_) | Part::Stale(..), Some(nodes)) => nodes,
            (Part::Ready(nodes) | Part::Stale(nodes, _), None) => nodes,
            (Part::None | Part::Loading(_) | Part::Failed(_), _) => &[],
        }
    }

    /// Why what a side shows is not of now.
    #[must_use]
    pub fn stale(&self, tab: super::nav::Tab) -> Option<&Clean> {
        use super::nav::Tab;
        match tab {
            Tab::Tree => self.tree.stale(),
            Tab::Workflow => None,
            Tab::Diff => self.diff.stale(),
            Tab::Revisions => self.revisions.stale(),
            Tab::Info => self.info.stale(),
            Tab::Yaml => self.yaml.stale(),
            Tab::Events => self.events.stale(),
            Tab::Logs => self.logs.stale(),
        }
    }
}

/// Everything about the open application.
#[derive(Clone, Debug, Default)]
pub struct Detail {
    /// Which application.
    pub key: AppKey,
    /// The resource tree.
    pub tree: Part<Vec<Node>>,
    /// The same in another order than that of the clusters, where one was chosen.
    pub arranged: Option<Vec<Node>>,
    /// The comparison of two sides.
    pub diff: Part<Comparison>,
    /// Which ones were asked for.
    pub question: Question,
    /// The revisions, newest first.
    pub revisions: Part<Vec<Revision>>,
    /// The object that is looked at, where it is not the application.
    pub object: Option<ObjectRef>,
    /// The object in a summary.
    pub info: Part<Vec<Fact>>,
    /// The object as YAML.
    pub yaml: Part<Vec<YamlLine>>,
    /// The events, newest first.
    pub events: Part<Vec<EventRow>>,
    /// The last log lines, the newest last.
    pub logs: Part<Ring>,
    /// Which lines were asked for.
    pub log_ask: Ask,
}
