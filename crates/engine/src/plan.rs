//! Rendered + tracked + live -> [`Plan`]. Pure: values in, values out.
//!
//! The Plan is what the controller carries out, what `diff` and `dry-run` print, and what a person
//! approves. Invariant: an action says everything that carrying it out needs, so that what was shown
//! is what is done, or nothing is. Must not know fleets, clients or the clock.

pub mod action;
pub mod diff;
pub mod editors;
pub mod field;
pub mod manifest;
pub mod merge;
pub mod object;
pub mod quantity;
pub mod rules;
pub mod strategic;
pub mod write;

pub use action::{Action, Record, Request, Seen, TrackerSlot, Verb};
pub use diff::{Change, Diff};
pub use object::ObjectId;
pub use rules::Rules;
pub use write::Occasion;

mod reason;
#[cfg(test)]
mod tests;
pub use reason::{Editor, Reason};

/// What is to be done to the clusters, action by action.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// In the order in which they are shown. Actions of one plan do not depend on each other.
    pub actions: Vec<Action>,
}

impl Plan {
    /// Nothing would be written.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.actions.iter().all(|action| action.request.is_none())
    }

    /// The refused actions; a plan that has any is not carried out.
    pub fn refusals(&self) -> impl Iterator<Item = &Action> {
        self.actions.iter().filter(|action| action.verb == Verb::Refuse)
    }

    /// How many actions have this verb.
    #[must_use]
    pub fn count(&self, verb: Verb) -> usize {
        self.actions.iter().filter(|action| action.verb == verb).count()
    }

    /// The clusters that the plan is about, in order of first appearance.
    #[must_use]
    pub fn clusters(&self) -> Vec<&str> {
        let mut found: Vec<&str> = Vec::new();
        for action in &self.actions {
            if !found.contains(&action.object.cluster.as_str()) {
                found.push(&action.object.cluster);
            }
        }
        found
    }

    /// The actions in one cluster.
    pub fn in_cluster<'a>(&'a self, cluster: &'a str) -> impl Iterator<Item = &'a Action> {
        self.actions.iter().filter(move |action| action.object.cluster == cluster)
    }
}
