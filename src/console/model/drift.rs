//! What somebody changed behind a delivery's back, application by application: who, when, what.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::clean;
use crate::console::term::clean::Clean;

/// What somebody did to an object that is gone.
pub const DELETED: &str = "deleted";

/// A delivered object that is not as it was delivered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drifted {
    /// Its cluster; the hub is `local`.
    pub cluster: Clean,
    /// Kind and name.
    pub object: Clean,
    /// Who changed it; empty when the object does not say.
    pub who: Clean,
    /// What changed: fields, or that it is gone.
    pub what: Clean,
    /// When, as the object says, else when it was seen first.
    pub since: Option<Timestamp>,
    /// Whether a policy of the application lets it be.
    pub allowed: bool,
}

impl Drifted {
    /// `kubectl-edit changed spec.replicas of Deployment web in eu-1`.
    #[must_use]
    pub fn sentence(&self) -> Clean {
        let who = if self.who.is_empty() { Clean::own("someone") } else { self.who.clone() };
        let allowed = if self.allowed { " (apply-once lets it be)" } else { "" };
        let gone = if self.what.as_str() == DELETED { " " } else { " of " };
        clean![&who, " ", &self.what, gone, &self.object, " in ", &self.cluster, allowed]
    }
}

/// Everything of one application that drifted; never empty, the earliest change first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drift {
    /// The objects.
    pub objects: Vec<Drifted>,
}

impl Drift {
    /// The drift of these objects; nothing when there are none.
    #[must_use]
    pub fn of(mut objects: Vec<Drifted>) -> Option<Self> {
        objects.sort_by(|a, b| {
            (a.since, &a.cluster, &a.object).cmp(&(b.since, &b.cluster, &b.object))
        });
        (!objects.is_empty()).then_some(Self { objects })
    }

    /// Since when the first of them is not as delivered.
    #[must_use]
    pub fn since(&self) -> Option<Timestamp> {
        self.objects.iter().filter_map(|object| object.since).min()
    }

    /// Who changed what, in one line.
    #[must_use]
    pub fn why(&self) -> Clean {
        let Some(first) = self.objects.first() else { return Clean::default() };
        match self.objects.len() - 1 {
            0 => first.sentence(),
            1 => clean![&first.sentence(), ", and 1 more object drifted"],
            more => {
                let more = Clean::number(more as u32);
                clean![&first.sentence(), ", and ", &more, " more objects drifted"]
            }
        }
    }
}
