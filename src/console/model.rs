//! What the console knows, as plain data: no handles, no channels, no clocks. Time arrives as a
//! message, so every test is a list of messages.

pub mod action;
pub mod address;
pub mod app;
pub mod compare;
pub mod detail;
pub mod drift;
pub mod fleet;
pub mod journal;
pub mod keymap;
pub mod logs;
pub mod nav;
pub mod object;
pub mod order;
pub mod picker;
pub mod pulse;
pub mod query;
pub mod sheet;
pub mod state;
pub mod theme;

use jiff::Timestamp;
use jiff::tz::TimeZone;

pub use action::Action;
pub use app::{App, AppKey};
pub use fleet::Fleet;
pub use nav::{Nav, Place, Tab, View};
pub use sheet::Sheet;
pub use state::State;

use crate::console::term::clean::Clean;
use detail::Detail;
use keymap::Keymap;
use picker::{Picker, Remembered};

/// What is known by now, while what is shown stays as it was.
#[derive(Clone, Debug, Default)]
pub struct Frozen {
    /// Clusters and applications.
    pub fleet: Fleet,
    /// The open application.
    pub detail: Option<Detail>,
    /// How often something changed since.
    pub changes: u32,
}

/// Everything that is known and shown.
#[derive(Clone, Debug)]
pub struct Model {
    /// Clusters and applications.
    pub fleet: Fleet,
    /// Where the person is.
    pub nav: Nav,
    /// What is known of the open application beyond its status.
    pub detail: Option<Detail>,
    /// The sheet in front of everything, if any.
    pub sheet: Option<Sheet>,
    /// The help page in front, if open: its first line on screen.
    pub help: Option<usize>,
    /// The palette in front, if open.
    pub picker: Option<Picker>,
    /// What was chosen in it before.
    pub remembered: Remembered,
    /// What is known by now, while the view is frozen.
    pub frozen: Option<Box<Frozen>>,
    /// Addresses that are kept, in the order in which they were.
    pub bookmarks: Vec<String>,
    /// How many needed someone, a while back.
    pub pulse: pulse::Pulse,
    /// How comparisons are shown.
    pub diff_looks: detail::DiffLooks,
    /// What stands at the top of resource trees.
    pub tree_order: order::TreeOrder,
    /// What was changed, the last change first; nothing until it was asked for.
    pub journal: Option<Vec<journal::Deed>>,
    /// What was done last, while its inverse could be asked for.
    pub last: Option<(sheet::Verb, AppKey)>,
    /// What the bottom line says until the next key.
    pub notice: Option<Clean>,
    /// The present moment, as last told.
    pub now: Timestamp,
    /// The hub, as the person calls it.
    pub hub: Clean,
    /// Who the person is, as the hub answers.
    pub identity: Clean,
    /// Until when changes are allowed in clusters that match the production pattern.
    pub armed: Option<Timestamp>,
    /// Patterns of names of clusters in which nothing changes unless armed; `*` stands for any run.
    pub production: Vec<String>,
    /// Never allows a change, whatever is armed.
    pub read_only: bool,
    /// Nobody is there to ask: a recording is looked around in.
    pub offline: bool,
    /// The keys.
    pub keymap: Keymap,
    /// How lines of logs are shown.
    pub log_looks: logs::Looks,
    /// The zone of the machine, for times of day.
    pub zone: TimeZone,
    /// Whether glyphs are ASCII.
    pub ascii: bool,
    /// Whether lines are only added, for whoever has them read aloud.
    pub linear: bool,
    /// Columns and rows of the screen.
    pub size: (u16, u16),
}

impl Model {
    /// Knows nothing yet.
    #[must_use]
    pub fn new(keymap: Keymap, now: Timestamp) -> Self {
        Self {
            fleet: Fleet::default(),
            nav: Nav::default(),
            detail: None,
            sheet: None,
            help: None,
            picker: None,
            remembered: Remembered::default(),
            frozen: None,
            bookmarks: Vec::new(),
            pulse: pulse::Pulse::default(),
            diff_looks: detail::DiffLooks::default(),
            tree_order: order::TreeOrder::default(),
            journal: None,
            last: None,
            notice: None,
            now,
            hub: Clean::default(),
            identity: Clean::default(),
            armed: None,
            production: vec!["prod-*".into()],
            read_only: false,
            offline: false,
            keymap,
            log_looks: logs::Looks::default(),
            zone: TimeZone::UTC,
            ascii: false,
            linear: false,
            size: (80, 24),
        }
    }

    /// Rows of the list that fit on the screen.
    #[must_use]
    pub fn page(&self) -> usize {
        usize::from(super::view::layout::Layout::of(self.size).list.height).max(1)
    }

    /// Whether changes are allowed in production at this moment.
    #[must_use]
    pub fn is_armed(&self) -> bool {
        self.armed.is_some_and(|until| self.now < until)
    }

    /// Whether a cluster is one of production.
    #[must_use]
    pub fn is_production(&self, cluster: &str) -> bool {
        self.production.iter().any(|pattern| matches(pattern, cluster))
    }

    /// Whether a change must not be prepared that concerns these clusters.
    #[must_use]
    pub fn locked(&self, clusters: &[String]) -> bool {
        let production = |name: &String| self.is_production(name);
        self.read_only || !self.is_armed() && clusters.iter().any(production)
    }
}

/// Whether a name fits a pattern in which `*` stands for any run of characters.
#[must_use]
pub fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((head, tail)) => name.strip_prefix(head).is_some_and(|rest| {
            rest.char_indices()
                .map(|(at, _)| at)
                .chain([rest.len()])
                .any(|at| matches(tail, &rest[at..]))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns() {
        for (pattern, name, fits) in [
            ("prod-*", "prod-eu", true),
            ("prod-*", "stage-prod-eu", false),
            ("*", "", true),
            ("a*c*e", "abcde", true),
            ("local", "local", true),
        ] {
            assert_eq!(matches(pattern, name), fits, "{pattern} {name}");
        }
    }
}
